"""Draws the sample documents beside it: python resources/samples/make_samples.py

Everything in them is invented. They show what Pagebeam reads: text layers, scans without one, photos, charts, tables,
a slide, a form, code on a screenshot, and two languages.
"""

import io
import random
from pathlib import Path

import pymupdf
from PIL import Image, ImageDraw, ImageFilter, ImageFont

HERE = Path(__file__).parent
INK, GREY, BLUE = (0.1, 0.1, 0.12), (0.45, 0.47, 0.5), (0.16, 0.36, 0.6)


def html_pdf(name: str, *pages: str, width: float = 595, height: float = 842) -> None:
    """One page of HTML a page."""
    document = pymupdf.open()
    for text in pages:
        page = document.new_page(width=width, height=height)
        page.insert_htmlbox(pymupdf.Rect(56, 56, width - 56, height - 56), text)
    document.save(HERE / name, garbage=4, deflate=True)
    document.close()


def rows(*lines: tuple[str, ...]) -> str:
    """An HTML table; the first line is its head."""
    cells = "".join(
        "<tr>" + "".join(f"<{'th' if not i else 'td'} style='text-align:left'>{c}</td>" for c in line) + "</tr>"
        for i, line in enumerate(lines)
    )
    return f"<table style='width:100%'>{cells}</table>"


def invoice() -> None:
    html_pdf(
        "invoice-heat-pump.pdf",
        "<h1>Invoice 2041</h1><p>Lindqvist Heating and Plumbing, 14 Harbour Street, Port Elm</p>"
        "<p>To: Ingrid Solberg, Furulia 14</p><p>Date: 3 March 2024. Payment due within 14 days.</p>"
        + rows(
            ("Item", "Quantity", "Amount"),
            ("Air-to-water heat pump AX-12", "1", "7,480.00"),
            ("Mounting and electrical work", "16 h", "1,360.00"),
            ("Removal of the old oil boiler", "1", "420.00"),
            ("Total cost including tax", "", "9,260.00 EUR"),
        )
        + "<p>Warranty: five years on the compressor. Thank you for your order.</p>",
    )


def manual() -> None:
    html_pdf(
        "manual-ax12.pdf",
        "<h1>AX-12 heat pump</h1><h2>Owner's manual</h2><p>Read this manual before you switch the unit on. Keep the "
        "outdoor unit free of snow and leaves. The fan must turn freely.</p><h3>Cleaning the filter</h3><p>Switch the "
        "unit off, pull the filter cassette out to the left, rinse it with lukewarm water and let it dry. Repeat every "
        "three months.</p>",
        "<h2>Winter operation</h2><p>Below minus 15 degrees the electric heater assists the compressor. Ice on the "
        "outdoor unit is melted by itself; steam during defrosting is normal.</p><h3>Error codes</h3>"
        + rows(
            ("Code", "Meaning"),
            ("E04", "Water pressure too low"),
            ("E17", "Outdoor sensor broken"),
            ("F02", "Filter full"),
        ),
    )


def letter_german() -> None:
    html_pdf(
        "mietvertrag-kuendigung.pdf",
        "<p>Anna Weber<br>Lindenweg 8<br>20253 Hamburg</p><h2>Kündigung des Mietvertrags</h2><p>Sehr geehrte Damen und "
        "Herren,</p><p>hiermit kündige ich den Mietvertrag über die Wohnung im Lindenweg 8 fristgerecht zum 30. "
        "September 2024. Bitte bestätigen Sie den Termin für die Übergabe der Schlüssel und überweisen Sie die Kaution "
        "in Höhe von 1.650 Euro auf mein Konto.</p><p>Mit freundlichen Grüßen<br>Anna Weber</p>",
    )


def table() -> None:
    months = ("January", "February", "March", "April", "May", "June")
    used = ((612, 158), (540, 139), (431, 112), (286, 78), (190, 55), (142, 44))
    lines = [(m, f"{kwh} kWh", f"{cost} EUR", f"{cost / kwh:.3f}") for m, (kwh, cost) in zip(months, used, strict=True)]
    html_pdf(
        "energy-log.pdf",
        "<h1>Energy log, first half of 2024</h1>"
        + rows(("Month", "Electricity", "Cost", "Price per kWh"), *lines)
        + "<p>The reading of 30 June was estimated by the supplier.</p>",
    )


def slide() -> None:
    document = pymupdf.open()
    page = document.new_page(width=960, height=540)
    page.insert_textbox(pymupdf.Rect(60, 50, 900, 130), "Heating cost fell by 41 % in winter", fontsize=38, color=INK)
    page.insert_text((60, 150), "after the oil boiler was replaced", fontsize=20, color=GREY)
    for i, (name, old, new) in enumerate((("Dec", 310, 180), ("Jan", 352, 205), ("Feb", 300, 182))):
        x = 120 + i * 240
        page.draw_rect(pymupdf.Rect(x, 480 - old * 0.8, x + 80, 480), fill=GREY, color=GREY)
        page.draw_rect(pymupdf.Rect(x + 90, 480 - new * 0.8, x + 170, 480), fill=BLUE, color=BLUE)
        page.insert_text((x + 60, 505), name, fontsize=18, color=INK)
    document.save(HERE / "slide-winter-cost.pdf", deflate=True)


def form() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((60, 80), "Library card application", fontsize=22, color=INK)
    fields = (
        "Family name: Okafor",
        "First name: Chidi",
        "Date of birth: 12.08.1991",
        "Signature of parent or guardian:",
    )
    for i, text in enumerate(fields):
        y = 140 + i * 70
        page.insert_text((70, y), text, fontsize=12, color=INK)
        page.draw_rect(pymupdf.Rect(60, y - 22, 520, y + 18), color=GREY)
    page.insert_text((60, 450), "The card is free of charge for children under sixteen.", fontsize=11, color=INK)
    document.save(HERE / "form-library-card.pdf", deflate=True)


def recipe() -> None:
    html_pdf(
        "recipe-lentil-soup.pdf",
        "<h1>Lentil soup</h1><p>Soak 250 grams of brown lentils overnight. Fry two onions with cumin and a bay leaf, add "
        "the lentils, a litre of stock and a tin of tomatoes, and simmer for forty minutes. Finish with lemon juice and "
        "parsley. Serves four.</p>",
    )


def picture(name: str, size: tuple[int, int], lines: list[str], *, text_size: int, paper: str = "white") -> Image.Image:
    """A page of plain lines as a picture."""
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    for i, line in enumerate(lines):
        draw.text(
            (size[0] * 0.08, size[1] * 0.06 + i * text_size * 1.6), line, "#1c1c1c", ImageFont.load_default(text_size)
        )
    return image


def receipt_photo() -> None:
    lines = [
        "BYGGSENTER PORT ELM",
        "Mill Road 2",
        "28 Dec 2023  16:42",
        "",
        "Pipe insulation   64.00",
        "Radiator paint    38.50",
    ]
    lines += ["Screws 5x60       12.90", "", "TOTAL            115.40", "Paid by card", "Returns within 30 days"]
    paper = picture("", (620, 1000), lines, text_size=38, paper="#f6f3ea")
    table_top = Image.new("RGB", (1000, 1300), "#6b4a2f")
    turned = paper.rotate(3, expand=True, fillcolor="#6b4a2f", resample=Image.Resampling.BICUBIC)
    table_top.paste(turned, (170, 130))
    table_top.filter(ImageFilter.GaussianBlur(0.7)).save(HERE / "receipt-photo.jpg", quality=72)


def scan() -> None:
    lines = ["MINUTES OF THE ANNUAL MEETING", "", "Elm Valley Allotment Society, 9 May 1987", "", "Present: 23 members.",
             "The treasurer reported a balance of 412 pounds.", "It was resolved to repair the pump house roof", "before the autumn.",
             "", "Next meeting: 10 October."]  # fmt: skip
    image = picture("", (1240, 1754), lines, text_size=40).convert("L")
    noise = random.Random(7)  # noqa: S311 (specks on paper)
    for _ in range(3000):
        image.putpixel((noise.randrange(1240), noise.randrange(1754)), noise.randrange(90, 255))
    data = io.BytesIO()
    image.rotate(0.6, fillcolor=255).save(data, "JPEG", quality=45)
    document = pymupdf.open()
    page = document.new_page()
    page.insert_image(page.rect, stream=data.getvalue())
    document.save(HERE / "scan-minutes-1987.pdf", deflate=True)


def chart() -> None:
    image = Image.new("RGB", (1000, 640), "white")
    draw = ImageDraw.Draw(image)
    draw.text((60, 30), "Visitors to Port Elm lighthouse", "#111111", ImageFont.load_default(34))
    for i, (year, count) in enumerate(((2019, 410), (2020, 120), (2021, 230), (2022, 380), (2023, 455))):
        x = 110 + i * 170
        draw.rectangle((x, 560 - count, x + 100, 560), fill="#2f6f9f")
        draw.text((x + 14, 575), str(year), "#111111", ImageFont.load_default(30))
        draw.text((x + 14, 520 - count), f"{count}k", "#111111", ImageFont.load_default(28))
    image.save(HERE / "chart-lighthouse-visitors.png", optimize=True)


def code() -> None:
    lines = ["def moving_average(values, width):", "    total = sum(values[:width])", "    yield total / width",
             "    for new, old in zip(values[width:], values):", "        total += new - old", "        yield total / width"]  # fmt: skip
    picture("", (1000, 420), lines, text_size=32, paper="#f4f6fa").save(HERE / "screenshot-code.png", optimize=True)


def contract_french() -> None:
    html_pdf(
        "contrat-electricite.pdf",
        "<h1>Contrat d'électricité</h1><p>Le client s'engage pour douze mois. Le prix du kilowattheure est fixé à 0,21 euro "
        "jusqu'au 31 décembre 2024. La résiliation est gratuite en cas de déménagement.</p>",
    )


if __name__ == "__main__":
    for make in (
        contract_french,
        invoice,
        manual,
        letter_german,
        table,
        slide,
        form,
        recipe,
        receipt_photo,
        scan,
        chart,
        code,
    ):
        make()
