"""Pages of sessions. The page of one session weaves several rooms: portal has it."""
