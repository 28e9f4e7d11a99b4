use super::*;
use proptest::prelude::*;

/// Gives the bytes one at a time, so that every boundary is met.
struct Dripping<'a>(&'a [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        out[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

fn all(text: &str, width: Option<usize>) -> Vec<(u64, Vec<String>)> {
    let mut records = Records::new(Dripping(text.as_bytes()), b',');
    let mut found = Vec::new();
    loop {
        let fields = match records.next(width).unwrap() {
            Next::Record => records
                .fields()
                .map(|field| String::from_utf8(field.into_owned()).unwrap())
                .collect(),
            Next::Unclosed => vec!["<unclosed>".to_owned()],
            Next::End => return found,
        };
        found.push((records.line(), fields));
    }
}

fn shown(text: &str) -> String {
    let lines = all(text, None);
    let line = |(line, fields): &(u64, Vec<String>)| format!("{line}:{}", fields.join("|"));
    lines.iter().map(line).collect::<Vec<_>>().join(" ").replace('\n', "~")
}

#[test]
fn records_of_every_habit() {
    for (text, expected) in [
        ("a,b\n1,2\n", "1:a|b 2:1|2"),
        ("a,b\r\n1,2\r\n3,4", "1:a|b 2:1|2 3:3|4"),
        ("a,b\r1,2\r", "1:a|b 2:1|2"),
        ("a,b\n1,2\r3,4\r\n5,6", "1:a|b 2:1|2 3:3|4 4:5|6"),
        ("a\n\n\nb", "1:a 2: 3: 4:b"),
        ("\"x,y\",2\n", "1:x,y|2"),
        ("\"x\ny\",2\nz,3", "1:x~y|2 3:z|3"),
        ("\"say \"\"hi\"\"\",2", "1:say \"hi\"|2"),
        ("\"\",\"\"\"\"", "1:|\""),
        ("\"Ace\" Corp,2", "1:Ace Corp|2"),
        ("5\" pipe,2", "1:5\" pipe|2"),
        (",", "1:|"),
        ("", ""),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn a_stray_quotation_mark_costs_its_own_line_only() {
    let lines = all("a,b\n1,\"x\n2,y\n3,z\n", Some(2));
    assert_eq!(lines[1], (2, vec!["<unclosed>".to_owned()]));
    assert_eq!(lines[2], (3, vec!["2".to_owned(), "y".to_owned()]));
    assert_eq!(lines.len(), 4);
    let two = all("a,b\n1,\"x\n2,y\n3,z\"\n4,w\n", Some(2));
    assert_eq!(two.len(), 3, "a note over three lines has the right width: {two:?}");
    let crossed = all("a,b\n1,\"x\n2,y\n\"3\",z\n4,w\n", Some(2));
    let lines: Vec<u64> = crossed.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 5]);
}

#[test]
fn an_endless_line_is_given_up() {
    let text = format!("a,b\n{}\n1,2\n", "x".repeat(2 * MAX_RECORD));
    let mut records = Records::new(text.as_bytes(), b',');
    let mut seen = Vec::new();
    loop {
        let next = records.next(Some(2)).unwrap();
        if next == Next::End {
            break;
        }
        seen.push((next, records.line()));
    }
    assert_eq!(seen, [(Next::Record, 1), (Next::Unclosed, 2), (Next::Record, 3)]);
}

proptest! {
    #[test]
    fn no_bytes_panic_and_lines_only_grow(bytes in proptest::collection::vec(
        prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), Just(b'\r'), any::<u8>()], 0..300)) {
        let mut records = Records::new(bytes.as_slice(), b',');
        let mut before = 0;
        while records.next(Some(2)).unwrap() != Next::End {
            prop_assert!(records.line() > before);
            before = records.line();
        }
    }

    #[test]
    fn what_a_csv_writer_writes_is_read(rows in proptest::collection::vec(
        proptest::collection::vec("[a-z\",\n ]{1,8}", 3), 1..8)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let read: Vec<Vec<String>> = all(&text, Some(3)).into_iter().map(|(_, f)| f).collect();
        prop_assert_eq!(read, rows);
    }
}
