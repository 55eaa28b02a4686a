"""Starts and keeps Minga running; standard library only, for it runs before the environment exists."""
