"""Small papers and pictures that the demo hands in as evidence: drawn here, of nobody and of no real place."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
SKY, GROUND, WALL, ROOF, DOOR = "#dbe7ef", "#c9b58f", "#f1ead9", "#9a5b3f", "#5b4636"


def paper(name: str, lines: list[str]) -> SimpleUploadedFile:
    """A page of PDF with a few lines of text."""
    text = "\n".join(f"({_escaped(line)}) Tj T*" for line in lines)
    drawn = f"BT /F1 13 Tf 22 TL 60 770 Td\n{text}\nET".encode("cp1252")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (es) >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        PAGE.encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(parts) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return SimpleUploadedFile(name, body + end % (size, table, size, len(body)), "application/pdf")


def picture(name: str, seed: int) -> SimpleUploadedFile:
    """A drawn house in place of a photograph: no face, no plate, no place that anybody could look for."""
    image = Image.new("RGB", (960, 640), SKY)
    draw = ImageDraw.Draw(image)
    left = 220 + seed % 5 * 40
    draw.rectangle((0, 450, 960, 640), fill=GROUND)
    draw.rectangle((left, 260, left + 380, 500), fill=WALL)
    draw.polygon(((left - 40, 260), (left + 190, 130), (left + 420, 260)), fill=ROOF)
    draw.rectangle((left + 150, 360, left + 230, 500), fill=DOOR)
    kept = BytesIO()
    image.save(kept, "JPEG", quality=80)
    return SimpleUploadedFile(name, kept.getvalue(), "image/jpeg")


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
