"""What a PDF says, read back."""

from io import BytesIO

from pypdf import PdfReader


def read(paper: bytes) -> PdfReader:
    return PdfReader(BytesIO(paper))


def text_of(paper: bytes) -> str:
    return " ".join("\n".join(page.extract_text() for page in read(paper).pages).split())


def links_of(paper: bytes) -> set[str]:
    notes = [note.get_object() for page in read(paper).pages for note in page.get("/Annots", [])]
    return {str(note["/A"]["/URI"]) for note in notes if "/A" in note}
