//! Archives, packed files and workbooks. The end-to-end tests use this file too.
#![allow(dead_code, reason = "each test file uses its part")]

use std::io::{Cursor, Write as _};

use flate2::{Compression, write::GzEncoder};
use zip::{ZipWriter, write::SimpleFileOptions};

/// A ZIP archive with these members.
pub(crate) fn zip(members: &[(&str, impl AsRef<[u8]>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes.as_ref()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A file packed by gzip.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

/// A row of a sheet in which every cell has a text.
pub(crate) fn text_row(cells: &[&str]) -> String {
    let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    format!("<row>{}</row>", cells.iter().map(cell).collect::<String>())
}

/// A workbook with these sheets, each the XML of its rows; with these texts, which cells of type `s` name by their number;
/// and with this XML behind the rows of each sheet. Style 1 is a date, 2 a date and time, 3 a duration.
pub(crate) fn workbook(sheets: &[(&str, &str)], texts: &[&str], behind: &str) -> Vec<u8> {
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
                xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";
    let kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = "xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"";
    let (mut list, mut related, mut files) = (String::new(), String::new(), Vec::new());
    for (number, (name, rows)) in (1..).zip(sheets) {
        list.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{number}\" r:id=\"r{number}\"/>"));
        related.push_str(&format!(
            "<Relationship Id=\"r{number}\" Type=\"{kind}/worksheet\" Target=\"worksheets/sheet{number}.xml\"/>"
        ));
        let sheet = format!("<worksheet {main}><sheetData>{rows}</sheetData>{behind}</worksheet>");
        files.push((format!("xl/worksheets/sheet{number}.xml"), sheet));
    }
    let texts: String = texts.iter().map(|text| format!("<si><t>{text}</t></si>")).collect();
    let styles = "<numFmts count=\"2\"><numFmt numFmtId=\"170\" formatCode=\"dd.mm.yyyy hh:mm\"/>\
                  <numFmt numFmtId=\"171\" formatCode=\"[h]:mm:ss\"/></numFmts><cellXfs count=\"4\">\
                  <xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"170\"/><xf numFmtId=\"171\"/></cellXfs>";
    files.extend([
        ("[Content_Types].xml".to_owned(), "<Types/>".to_owned()),
        (
            "_rels/.rels".to_owned(),
            format!("<Relationships {relations}><Relationship Id=\"r1\" Type=\"{kind}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"),
        ),
        ("xl/workbook.xml".to_owned(), format!("<workbook {main}><sheets>{list}</sheets></workbook>")),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships {relations}>{related}<Relationship Id=\"s\" Type=\"{kind}/styles\" Target=\"styles.xml\"/><Relationship Id=\"t\" Type=\"{kind}/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>"),
        ),
        ("xl/styles.xml".to_owned(), format!("<styleSheet {main}>{styles}</styleSheet>")),
        ("xl/sharedStrings.xml".to_owned(), format!("<sst {main}>{texts}</sst>")),
    ]);
    let members: Vec<(&str, &String)> = files.iter().map(|(name, text)| (name.as_str(), text)).collect();
    zip(&members)
}
