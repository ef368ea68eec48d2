"""Office documents made by hand, as small as they can be: one text, in each of the formats."""

import zipfile
from collections.abc import Callable
from pathlib import Path

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS = "application/vnd.openxmlformats-officedocument"
_NAMES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    ' xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0"'
)


def _zipped(path: Path, **parts: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        if "mimetype" in parts:
            file.writestr("mimetype", parts.pop("mimetype"), zipfile.ZIP_STORED)
        for name, text in parts.items():
            file.writestr(name, text, zipfile.ZIP_DEFLATED)
    return path


def _relations(*targets: tuple[str, str]) -> str:
    rows = "".join(
        f'<Relationship Id="r{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_RELATIONS}">{rows}</Relationships>'


def _types(**parts: str) -> str:
    rows = "".join(f'<Override PartName="/{name}" ContentType="{_PARTS}.{kind}+xml"/>' for name, kind in parts.items())
    defaults = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    place = "http://schemas.openxmlformats.org/package/2006/content-types"
    return f'{_XML}<Types xmlns="{place}">{defaults}{rows}</Types>'


def docx(path: Path, text: str) -> Path:
    place = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f"<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>"
    return _zipped(
        path,
        **{
            "[Content_Types].xml": _types(**{"word/document.xml": "wordprocessingml.document.main"}),
            "_rels/.rels": _relations(("officeDocument", "word/document.xml")),
            "word/document.xml": f'{_XML}<w:document xmlns:w="{place}">{body}</w:document>',
        },
    )


def xlsx(path: Path, text: str) -> Path:
    place = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
    sheet = '<sheets><sheet name="One" sheetId="1" r:id="r1"/></sheets>'
    return _zipped(
        path,
        **{
            "[Content_Types].xml": _types(
                **{"xl/workbook.xml": "spreadsheetml.sheet.main", "xl/sheet1.xml": "spreadsheetml.worksheet"}
            ),
            "_rels/.rels": _relations(("officeDocument", "xl/workbook.xml")),
            "xl/_rels/workbook.xml.rels": _relations(("worksheet", "sheet1.xml")),
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{place}" xmlns:r="{_OFFICE}">{sheet}</workbook>',
            "xl/sheet1.xml": f'{_XML}<worksheet xmlns="{place}"><sheetData>{cell}</sheetData></worksheet>',
        },
    )


def pptx(path: Path, text: str) -> Path:
    names = (
        f'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" xmlns:r="{_OFFICE}"'
        ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    )
    group = '<p:nvGrpSpPr><p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>'
    box = (
        '<p:sp><p:nvSpPr><p:cNvPr id="2" name="Box"/><p:cNvSpPr txBox="1"/><p:nvPr/></p:nvSpPr><p:spPr><a:xfrm>'
        '<a:off x="900000" y="900000"/><a:ext cx="7000000" cy="900000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
        f"</a:prstGeom></p:spPr><p:txBody><a:bodyPr/><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    slide = f"{_XML}<p:sld {names}><p:cSld><p:spTree>{group}{box}</p:spTree></p:cSld></p:sld>"
    shown = (
        f'{_XML}<p:presentation {names}><p:sldIdLst><p:sldId id="256" r:id="r1"/></p:sldIdLst>'
        '<p:sldSz cx="9144000" cy="6858000"/></p:presentation>'
    )
    return _zipped(
        path,
        **{
            "[Content_Types].xml": _types(
                **{"ppt/presentation.xml": "presentationml.presentation.main", "ppt/slide1.xml": "presentationml.slide"}
            ),
            "_rels/.rels": _relations(("officeDocument", "ppt/presentation.xml")),
            "ppt/_rels/presentation.xml.rels": _relations(("slide", "slide1.xml")),
            "ppt/presentation.xml": shown,
            "ppt/slide1.xml": slide,
        },
    )


def _open_document(path: Path, kind: str, body: str) -> Path:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    files = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{media}"/>'
        for name, media in (("/", mime), ("content.xml", "text/xml"))
    )
    place = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    tag = {"text": "text", "spreadsheet": "spreadsheet", "presentation": "presentation"}[kind]
    inside = f"<office:body><office:{tag}>{body}</office:{tag}></office:body>"
    return _zipped(
        path,
        **{
            "mimetype": mime,
            "META-INF/manifest.xml": f'{_XML}<manifest:manifest xmlns:manifest="{place}">{files}</manifest:manifest>',
            "content.xml": f'{_XML}<office:document-content {_NAMES} office:version="1.2">{inside}'
            "</office:document-content>",
        },
    )


def odt(path: Path, text: str) -> Path:
    return _open_document(path, "text", f"<text:p>{text}</text:p>")


def ods(path: Path, text: str) -> Path:
    cell = f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    return _open_document(
        path, "spreadsheet", f'<table:table table:name="One"><table:table-row>{cell}</table:table-row></table:table>'
    )


def odp(path: Path, text: str) -> Path:
    frame = (
        '<draw:frame svg:width="20cm" svg:height="2cm" svg:x="2cm" svg:y="2cm">'
        f"<draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>"
    )
    return _open_document(path, "presentation", f'<draw:page draw:name="one">{frame}</draw:page>')


def rtf(path: Path, text: str) -> Path:
    path.write_text(f"{{\\rtf1\\ansi {text}\\par}}")
    return path


MAKERS: dict[str, Callable[[Path, str], Path]] = {
    "docx": docx,
    "pptx": pptx,
    "xlsx": xlsx,
    "odt": odt,
    "odp": odp,
    "ods": ods,
    "rtf": rtf,
}
