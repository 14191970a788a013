"""Writes the two sample articles whose formats nobody types: ``python tests/articles/build.py``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent

DAM_TITLE = "Water finds a way: what inspectors saw inside Kestle Dam"
DAM_PAGES = (
    (
        "Kestle Dam is safe to stand below, and it is not as safe as it was. That is the short version of a report"
        " of 212 pages that the National Dam Safety Office handed to the government on 30 September 2025 and that "
        "the Vessen Review has read.",
        "Inspectors found that 31 litres of water a second are seeping through the foundation on the left bank. In"
        " 2015 it was nine. The water is clear, which is good: cloudy water would mean that it carries the clay "
        'core away with it. "A dam that weeps is not a dam that breaks," says Leona Marsh, who led the inspection.'
        ' "But you want to know why it has begun to weep."',
        "The dam, 61 metres high and finished in 1971, holds back the water that Saltmere and Karrow drink. Some "
        "38,000 people live in the valley below it.",
        "The report asks for three things: a curtain of cement under the left bank, forty new gauges, and a lake "
        "that is kept four metres lower until both are done. The cement alone would cost 12.8 million euros.",
        "Vessen Water, which owns the dam, agrees with the first two and not with the third. Four metres are a "
        'fifth of the lake, says Joachim Reede, the chief executive. "In a dry summer that is the difference '
        'between a hosepipe ban and standpipes in the street."',
    ),
    (
        "Reede puts the seepage at 24 litres a second. Both figures are right, in their way: the company leaves "
        "out a spring that it says was there before the dam. Marsh does not believe in the spring. Her office put "
        "green dye into the lake in June, and two days later the spring ran green.",
        "The dam will matter more than usual this winter. When the Orrin Bridge closes in January, some 14,000 "
        "vehicles a day will be sent over the road along its crest, which was built for tractors. The Roads Agency"
        " says it has asked for a limit of 30 kilometres an hour and for no lorries at all above 18 tonnes. Marsh "
        "says that she read about the detour in the newspaper.",
        "The ministry has until 15 December to decide on the water level. Until then the lake stays as it is. On "
        "the day we went to see it, it was full to within two metres of the spillway, quite still, and a heron "
        "stood on the outlet tower as if it had been appointed.",
    ),
)
DAM_DAY = datetime(2025, 10, 24, tzinfo=UTC)

DREDGING_TITLE = "Harbour signs dredging contract of €18.4 million without a second bid"
DREDGING: tuple[tuple[str, Any], ...] = (
    (
        "paragraph",
        "Saltmere’s harbour will be dredged to a depth of 9.5 metres, two metres more than today, so that larger "
        "timber ships can call. The mayor, Ruben Achterberg, and the contractor, Boskamp Marine, signed a contract"
        " for €18.4 million on Friday, 19 September 2025.",
    ),
    (
        "paragraph",
        "It was the only bid. Two other companies had asked for the papers and then let the deadline pass, the "
        "harbour authority said. One of them, Delver & Sons, told Harbour & Trade Weekly that three weeks had been"
        " too short to take samples of the sea bed.",
    ),
    ("heading", "What is to be done"),
    (
        "paragraph",
        "The work began this week and is to take fourteen months. Some 1.1 million cubic metres of sand and silt "
        "will be taken out of the channel and dropped on the eastern edge of Gannet Bank. Buoys 5 to 9 are being "
        "moved south for the time of the work; skippers are asked to read the notices to mariners.",
    ),
    (
        "table",
        (
            ("Item", "Cost in € million"),
            ("Dredging", "13.9"),
            ("Quay wall, repairs", "3.3"),
            ("Surveys and buoys", "1.2"),
        ),
    ),
    ("heading", "Who pays, and who objects"),
    (
        "paragraph",
        "The harbour authority pays €11 million out of reserves and borrows the rest. Its chair, Gerrit Halloran, "
        "expects the deeper channel to bring 45 more ships a year and to have paid for itself by 2034.",
    ),
    (
        "paragraph",
        "The oyster growers of Sutter Bay are against it. They fear that silt will drift over their beds and have "
        "asked a court in Karrow to stop the dumping. A hearing is set for 2 December.",
    ),
    (
        "paragraph",
        "“Nobody has ever asked a harbour to become shallower,” Halloran said. “I understand the oysters. I "
        "represent the ships.”",
    ),
)
DREDGING_DAY = datetime(2025, 9, 25)


def main() -> None:
    """Write both files beside this script."""
    write_pdf(HERE / "kestle-dam.pdf")
    write_docx(HERE / "harbour-dredging.docx")


def write_pdf(path: Path) -> None:
    """Two pages with a running head and page numbers, as a magazine prints them."""
    from fpdf import FPDF

    class Magazine(FPDF):
        def header(self) -> None:
            self.set_font("helvetica", size=8)
            self.cell(0, 8, "The Vessen Review - 24 October 2025", new_x="LMARGIN", new_y="NEXT")

        def footer(self) -> None:
            self.set_y(-15)
            self.set_font("helvetica", size=8)
            self.cell(0, 8, f"{self.page_no()}", align="C")

    pdf = Magazine(format=(148, 210))
    pdf.set_title(DAM_TITLE)
    pdf.set_author("Rhoda Quill")
    pdf.set_subject("The Vessen Review")
    pdf.set_lang("en")
    pdf.set_creation_date(DAM_DAY)
    for number, paragraphs in enumerate(DAM_PAGES):
        pdf.add_page()
        if number == 0:
            pdf.set_font("times", style="B", size=18)
            pdf.multi_cell(0, 8, DAM_TITLE, new_x="LMARGIN", new_y="NEXT")
            pdf.set_font("times", style="I", size=11)
            pdf.cell(0, 10, "By Rhoda Quill", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("times", size=11)
        for paragraph in paragraphs:
            pdf.multi_cell(0, 5, paragraph, align="L", new_x="LMARGIN", new_y="NEXT")
            pdf.ln(3)
    pdf.output(str(path))


def write_docx(path: Path) -> None:
    """A document as an office program saves it: a title, headings, a table, and its properties."""
    from docx import Document

    document = Document()
    properties = document.core_properties
    properties.title, properties.author, properties.language = DREDGING_TITLE, "Olaf Tennant", "en"
    properties.created = properties.modified = DREDGING_DAY
    properties.last_modified_by, properties.comments = "Olaf Tennant", ""
    document.add_heading(DREDGING_TITLE, level=0)
    document.add_paragraph("By Olaf Tennant, Harbour & Trade Weekly, 25 September 2025")
    for kind, content in DREDGING:
        if kind == "table":
            table = document.add_table(rows=0, cols=2)
            for row in content:
                for cell, words in zip(table.add_row().cells, row, strict=True):
                    cell.text = words
        elif kind == "heading":
            document.add_heading(content, level=1)
        else:
            document.add_paragraph(content)
    document.save(str(path))


if __name__ == "__main__":
    main()
