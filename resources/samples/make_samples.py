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


CSS = """
body { font-family: sans-serif; font-size: 13px; line-height: 1.45; color: #1d2026; }
h1 { font-size: 27px; color: #1f3f63; margin-bottom: 4px; }
h2 { font-size: 17px; color: #1f3f63; margin-top: 12px; margin-bottom: 3px; }
h3 { font-size: 13.5px; margin-top: 9px; margin-bottom: 2px; }
p { margin-top: 4px; margin-bottom: 6px; }
.small { font-size: 10px; color: #5d6470; }
table { width: 100%; border-collapse: collapse; margin-top: 8px; margin-bottom: 8px; }
th { text-align: left; background-color: #e3eaf2; padding: 3px; }
td { padding: 3px; border-bottom: 1px solid #d5dae1; }
"""
COLUMN_GAP = 22


def html_pdf(name: str, *pages: str | tuple[str, str], width: float = 595, height: float = 842) -> None:
    """One page of HTML a page; a pair is set in two columns."""
    document = pymupdf.open()
    for text in pages:
        page = document.new_page(width=width, height=height)
        area = pymupdf.Rect(52, 48, width - 52, height - 48)
        columns = (text,) if isinstance(text, str) else text
        each = (area.width - COLUMN_GAP * (len(columns) - 1)) / len(columns)
        for at, column in enumerate(columns):
            left = area.x0 + at * (each + COLUMN_GAP)
            room, _ = page.insert_htmlbox(pymupdf.Rect(left, area.y0, left + each, area.y1), column, css=CSS)
            if room < 0:
                raise ValueError(f"{name}: the text does not fit")
    document.subset_fonts()
    document.save(HERE / name, garbage=4, deflate=True)
    document.close()


def rows(*lines: tuple[str, ...]) -> str:
    """An HTML table; the first line is its head."""
    cells = "".join(
        "<tr>" + "".join(f"<{'td' if i else 'th'}>{c}</{'td' if i else 'th'}>" for c in line) + "</tr>"
        for i, line in enumerate(lines)
    )
    return f"<table>{cells}</table>"


def invoice() -> None:
    html_pdf(
        "invoice-heat-pump.pdf",
        "<h1>Lindqvist Heating and Plumbing</h1><p class='small'>14 Harbour Street, Port Elm · office@lindqvist.example · "
        "Company number 918 204 771</p><h2>Invoice 2041</h2><p><b>To</b> Ingrid Solberg, Furulia 14, Port Elm<br>"
        "<b>Date</b> 3 March 2024 &#160; <b>Due</b> 17 March 2024 &#160; <b>Your order</b> of 12 January 2024</p>"
        "<p>Thank you for your order. We have delivered, mounted and started the heating system that is listed below. The "
        "work was inspected on 29 February together with you, and the protocol is attached to your copy.</p>"
        + rows(
            ("Item", "Quantity", "Price", "Amount"),
            ("Air-to-water heat pump AX-12, outdoor unit", "1", "5,240.00", "5,240.00"),
            ("Indoor unit with electric heater 6 kW", "1", "1,680.00", "1,680.00"),
            ("Buffer tank 200 l, insulated", "1", "560.00", "560.00"),
            ("Concrete base and vibration dampers", "1", "240.00", "240.00"),
            ("Copper pipe 22 mm with insulation", "18 m", "14.50", "261.00"),
            ("Mounting and electrical work", "16 h", "85.00", "1,360.00"),
            ("Removal and recycling of the old oil boiler", "1", "420.00", "420.00"),
            ("Starting up, balancing, instruction", "3 h", "85.00", "255.00"),
            ("Travel, four days", "4", "38.00", "152.00"),
            ("Sum before tax", "", "", "10,168.00"),
            ("Value added tax 25 %", "", "", "2,542.00"),
            ("Subsidy for replacing oil, paid to us", "", "", "-1,500.00"),
            ("<b>Total cost including tax</b>", "", "", "<b>11,210.00 EUR</b>"),
        )
        + "<h3>Payment</h3><p>Please pay to account 1503 22 81940 and name the invoice number. After the due date we charge "
        "8 % interest a year. If something is not as you ordered it, tell us within 14 days.</p><h3>Warranty</h3><p>Five "
        "years on the compressor, three years on the other parts, two years on our own work. The warranty holds when the "
        "unit is serviced once a year by a certified company; the first service is due in February 2025 and costs 190 "
        "euros. Damage from frost, leaves or snow that blocks the fan is not covered.</p><p class='small'>The goods stay "
        "our property until they are paid. Port Elm is the place of jurisdiction.</p>",
    )


def manual() -> None:
    html_pdf(
        "manual-ax12.pdf",
        (
            (
                "<h1>AX-12 heat pump</h1><h2>Owner's manual</h2><p>Read this manual before you switch the unit on, and keep it "
                "near the indoor unit. Who hands the house on hands the manual on with it.</p><h3>For your safety</h3><p>Only "
                "certified staff may open the housing. The refrigerant R290 burns: keep flames, grills and cigarettes two "
                "metres away from the outdoor unit. Children may not play with it.</p><h3>Where it stands</h3><p>Keep the "
                "outdoor unit free of snow and leaves. The fan must turn freely, with 30 cm of air behind it and a metre in "
                "front. Water runs off below; in frost the path beside it can be icy.</p><h3>First start</h3><p>Switch the "
                "mains on twelve hours before the first start so that the oil of the compressor is warm. Then choose the "
                "language, the date and the kind of heating: floor, radiators or both.</p>"
            ),
            (
                "<h2>Every day</h2><h3>Room temperature</h3><p>Turn the dial to raise or lower the temperature by half a "
                "degree. The change takes some hours to be felt, so do not turn it further meanwhile.</p><h3>Hot water</h3><p>"
                "The tank is heated to 48 degrees, once a week to 60. Press <i>More hot water</i> when guests stay; it ends by "
                "itself after a day.</p><h3>Holiday</h3><p>Set the date of your return. The house is kept at 15 degrees and "
                "warm again when you come.</p><h3>Cleaning the filter</h3><p>Switch the unit off, pull the filter cassette out "
                "to the left, rinse it with lukewarm water and let it dry. Repeat every three months. A full filter costs up "
                "to a tenth more electricity.</p><h3>Noise</h3><p>Between 22 and 6 o'clock the fan turns more slowly. In hard "
                "frost that may not be enough: switch <i>Quiet nights</i> off.</p>"
            ),
        ),
        (
            (
                "<h2>Winter operation</h2><p>Below minus 15 degrees the electric heater assists the compressor. Ice on the "
                "outdoor unit is melted by itself; steam during defrosting is normal and no fire. Defrosting takes four to "
                "eight minutes, in which the house is warmed from the buffer tank.</p><h3>Cost in winter</h3><p>Every degree "
                "less in the rooms saves about six percent. The display shows under <i>Energy</i> what the last month used, "
                "split into heating, hot water and the electric heater. If the heater's share is above ten percent, have the "
                "heating curve looked at.</p><h3>Power cut</h3><p>After a power cut the unit starts by itself within five "
                "minutes. In frost of more than a day without power, drain the outer pipes as shown on the last page.</p>"
            ),
            "<h2>When something is wrong</h2><h3>Error codes</h3>"
            + rows(
                ("Code", "Meaning", "What to do"),
                ("E04", "Water pressure too low", "Refill to 1.5 bar"),
                ("E09", "Flow too small", "Open the valves"),
                ("E17", "Outdoor sensor broken", "Call service"),
                ("E21", "Phase missing", "Check the fuses"),
                ("F02", "Filter full", "Clean the filter"),
                ("F11", "Fan blocked", "Remove snow, leaves"),
                ("F30", "Defrosted too often", "Clear the coil"),
            )
            + "<h3>Service</h3><p>Once a year, best before autumn: pressure, filter, drain, refrigerant circuit, settings. "
            "Write it down in the table at the end, the warranty depends on it.</p><h3>Disposal</h3><p>Refrigerant is "
            "drawn off by a certified company; housing and copper are recycled.</p>",
        ),
    )


def letter_german() -> None:
    html_pdf(
        "mietvertrag-kuendigung.pdf",
        "<p>Anna Weber<br>Lindenweg 8<br>20253 Hamburg</p><p>Hausverwaltung Petersen GmbH<br>Große Elbstraße 112<br>22767 "
        "Hamburg</p><p>Hamburg, den 24. Juni 2024</p><h2>Kündigung des Mietvertrags über die Wohnung Lindenweg 8, 2. Stock "
        "links</h2><p>Sehr geehrte Damen und Herren,</p><p>hiermit kündige ich den Mietvertrag vom 1. April 2017 über die "
        "oben genannte Wohnung fristgerecht zum 30. September 2024. Die Kündigungsfrist beträgt nach § 4 des Vertrags drei "
        "Monate.</p><p>Bitte bestätigen Sie mir den Eingang dieses Schreibens und den Tag, an dem das Mietverhältnis endet. "
        "Für die Übergabe der Schlüssel schlage ich Freitag, den 27. September, um 16 Uhr vor. Ich übergebe drei "
        "Haustürschlüssel, zwei Schlüssel für den Keller und einen für den Briefkasten.</p><p>Die Zählerstände für Strom, "
        "Wasser und Heizung lesen wir bei der Übergabe gemeinsam ab. Bitte überweisen Sie die Kaution in Höhe von 1.650 "
        "Euro samt Zinsen nach der Abrechnung der Nebenkosten auf mein Konto DE12 2005 0550 1234 5678 90. Kleine "
        "Schönheitsreparaturen in Küche und Flur lasse ich im September ausführen.</p><p>Besichtigungen mit "
        "Nachmietern sind nach Absprache am Abend und am Wochenende möglich. Sie erreichen mich unter 040 555 0182.</p>"
        "<p>Vielen Dank für die sieben guten Jahre im Haus.</p><p>Mit freundlichen Grüßen</p><p><i>Anna Weber</i></p>"
        "<p class='small'>Anlage: Kopie der ersten Seite des Mietvertrags</p>",
    )


def table() -> None:
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    used = (612, 540, 431, 286, 190, 142, 128, 131, 176, 298, 447, 583)
    warm = (455, 398, 291, 158, 66, 18, 6, 8, 49, 171, 309, 430)
    outside = (-4.1, -2.8, 1.6, 6.2, 11.9, 15.8, 17.4, 16.9, 12.3, 6.8, 1.1, -2.9)
    price = (0.258, 0.257, 0.26, 0.273, 0.289, 0.31, 0.31, 0.305, 0.288, 0.27, 0.261, 0.259)
    lines = [
        (month, f"{kwh}", f"{heat}", f"{air:.1f}".replace("-", "−"), f"{rate:.3f}", f"{kwh * rate:.2f}")
        for month, kwh, heat, air, rate in zip(months, used, warm, outside, price, strict=True)
    ]
    cost = sum(kwh * rate for kwh, rate in zip(used, price, strict=True))
    html_pdf(
        "energy-log.pdf",
        "<h1>Energy log 2024, Furulia 14</h1><p>Read on the last evening of every month from the meter in the cellar and "
        "from the display of the heat pump. Electricity in kilowatt hours, outside the mean temperature in degrees.</p>"
        + rows(
            ("Month", "Electricity", "of it heating", "Outside", "Price per kWh", "Cost in EUR"),
            *lines,
            ("<b>Year</b>", f"<b>{sum(used)}</b>", f"<b>{sum(warm)}</b>", "<b>6.7</b>", "", f"<b>{cost:.2f}</b>"),
        )
        + "<h2>What stood out</h2><p>January and December make almost a third of the year's cost. The electric heater ran on "
        "nine nights below minus 15 degrees and used 84 kilowatt hours. In March the filter was full; after cleaning it the "
        "use fell by a tenth at the same temperature outside. The reading of 30 June was estimated by the supplier and "
        "corrected in July.</p><h2>Compared with the oil boiler</h2><p>In 2023 the boiler burned 1,640 litres of oil for "
        "2,190 euros. Heating cost fell by 41 percent in the winter months and by 38 percent over the year, although the "
        "rooms were kept half a degree warmer.</p>",
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
        "Street and number: Weaver's Row 31",
        "Town: Port Elm",
        "Telephone: 555 0147",
        "Signature of parent or guardian:",
        "Date and signature:",
    )
    for i, text in enumerate(fields):
        y = 140 + i * 58
        page.insert_text((70, y), text, fontsize=12, color=INK)
        page.draw_rect(pymupdf.Rect(60, y - 22, 520, y + 18), color=GREY)
    terms = (
        "The card is free of charge for children under sixteen; others pay 12 euros a year.\n"
        "Books are lent for four weeks, films for one. A lost card is replaced for 3 euros.\n"
        "I have read the library's rules and agree that my address is kept while the card is valid."
    )
    page.insert_textbox(pymupdf.Rect(60, 610, 530, 720), terms, fontsize=11, color=INK, lineheight=1.5)
    document.save(HERE / "form-library-card.pdf", deflate=True)


def recipe() -> None:
    html_pdf(
        "recipe-lentil-soup.pdf",
        "<h1>Lentil soup with lemon</h1><p><i>Serves four · ten minutes of work, forty on the stove</i></p><h2>You need</h2>"
        + rows(
            ("For the soup", "To finish"),
            ("250 g brown lentils", "1 lemon"),
            ("2 onions, 3 cloves of garlic", "a bunch of parsley"),
            ("2 carrots, 1 stick of celery", "olive oil"),
            ("1 tin of tomatoes, 1 l stock", "yoghurt, if you like"),
            ("2 tsp cumin, 1 bay leaf", "bread"),
        )
        + "<h2>Method</h2><p>1. Soak the lentils overnight, or for an hour in warm water. Drain and rinse them.</p><p>2. Chop "
        "the onions, carrots and celery finely. Fry them in oil with the cumin and the bay leaf until they are soft and "
        "begin to brown, about eight minutes. Add the garlic for the last one.</p><p>3. Add the lentils, the stock and the "
        "tomatoes, and simmer with the lid half on for forty minutes. Stir now and then; add water when it gets thick.</p>"
        "<p>4. Take out the bay leaf. Blend a third of the soup and stir it back in. Season with salt and pepper.</p><p>5. "
        "Finish with lemon juice, parsley and a thread of olive oil. Put yoghurt and bread on the table.</p><h3>Keeps</h3>"
        "<p>Four days in the fridge, three months frozen. It is better on the second day.</p>",
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
    lines += [
        "Screws 5x60       12.90",
        "Paint roller       9.80",
        "Masking tape       4.20",
        "",
        "TOTAL            129.40",
    ]
    lines += ["of it tax 25 %    25.88", "Paid by card", "", "Returns within 30 days"]
    paper = picture("", (620, 1000), lines, text_size=38, paper="#f6f3ea")
    table_top = Image.new("RGB", (1000, 1300), "#6b4a2f")
    turned = paper.rotate(3, expand=True, fillcolor="#6b4a2f", resample=Image.Resampling.BICUBIC)
    table_top.paste(turned, (170, 130))
    table_top.filter(ImageFilter.GaussianBlur(0.7)).save(HERE / "receipt-photo.jpg", quality=72)


def scan() -> None:
    lines = """MINUTES OF THE ANNUAL MEETING

Elm Valley Allotment Society
9 May 1987, seven o'clock, in the school hall

Present: 23 members. In the chair: Mrs Hart.

1. The minutes of 1986 were read and agreed.

2. The treasurer reported a balance of 412 pounds.
   The rent of a plot stays at 9 pounds a year.

3. It was resolved to repair the pump house roof
   before the autumn. Mr Doyle has asked for two
   offers, of 180 and 215 pounds; the first is taken.

4. The gate is to be locked at dusk. New keys are
   had from Mr Finch against a deposit of 1 pound.

5. Mr Osei was thanked for thirty years of care of
   the orchard, and made an honorary member.

6. The summer fair will be on 18 July. Cakes and
   helpers are wanted.

Next meeting: 10 October.""".splitlines()
    image = picture("", (1240, 1754), lines, text_size=38).convert("L")
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
        "<h1>Contrat d'électricité</h1><p>Conditions particulières · Offre Verte 12 mois · Référence client 40 118 226</p>"
        "<p>Entre Énergie du Port, 3 quai des Brumes, 44600 Saint-Nazaire, et Madame Claire Moreau, 27 rue des Lilas, 44000 "
        "Nantes.</p><h2>1. Durée</h2><p>Le client s'engage pour douze mois à compter du 1er janvier 2024. Le contrat est "
        "ensuite reconduit de mois en mois.</p><h2>2. Prix</h2>"
        + rows(
            ("Poste", "Prix hors taxes", "Prix avec taxes"),
            ("Abonnement par mois, 6 kVA", "9,84 €", "11,73 €"),
            ("Kilowattheure, heures pleines", "0,175 €", "0,21 €"),
            ("Kilowattheure, heures creuses", "0,134 €", "0,161 €"),
            ("Mise en service", "0,00 €", "0,00 €"),
        )
        + "<p>Le prix du kilowattheure est fixé à 0,21 euro jusqu'au 31 décembre 2024. Les taxes peuvent changer.</p><h2>3. "
        "Relevé et facturation</h2><p>Le compteur communicant est relevé chaque mois. La facture est envoyée par courrier "
        "électronique et payable sous quinze jours par prélèvement ou par virement.</p><h2>4. Résiliation</h2><p>La "
        "résiliation est gratuite en cas de déménagement. Dans les autres cas, un préavis de trente jours est demandé. Le "
        "client dispose d'un délai de rétractation de quatorze jours.</p><h2>5. Réclamations</h2><p>Le service des clients "
        "répond dans les dix jours ouvrés. En cas de désaccord, le médiateur national de l'énergie peut être saisi sans "
        "frais.</p><p>Fait à Nantes, le 12 décembre 2023</p>",
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
