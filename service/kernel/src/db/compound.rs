//! One statement made of parts: what is written together goes in one trip.
//!
//! Each part is a whole statement of its own; here they stand behind `WITH`, their parameters counted
//! on. Rows come as `VALUES`, not as a `SELECT` from a parameter: under row-level security Citus takes
//! nothing else for a few rows.

use sea_orm::{DbBackend, Statement, Value, Values};

/// A statement of several, so far: the parts that write.
#[derive(Default)]
pub struct Compound {
    sql: String,
    values: Vec<Value>,
}

impl Compound {
    /// Adds a part under its name.
    pub fn with(mut self, name: &str, part: Statement) -> Self {
        self.sql.push_str(if self.sql.is_empty() { "WITH " } else { ", " });
        self.sql.push_str(name);
        self.sql.push_str(" AS (");
        self.add(part);
        self.sql.push(')');
        self
    }

    /// Adds a part where there is one: an `INSERT` without rows cannot be written.
    pub fn with_some(self, name: &str, part: Option<Statement>) -> Self {
        match part {
            Some(part) => self.with(name, part),
            None => self,
        }
    }

    /// The whole, which ends with this.
    pub fn end(mut self, last: Statement) -> Statement {
        self.sql.push(' ');
        self.add(last);
        Statement {
            sql: self.sql,
            values: Some(Values(self.values)),
            db_backend: DbBackend::Postgres,
        }
    }

    fn add(&mut self, part: Statement) {
        let before = self.values.len();
        let mut pieces = part.sql.split('$');
        self.sql.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.find(|c: char| !c.is_ascii_digit()).unwrap_or(piece.len());
            let (number, rest) = piece.split_at(digits);
            self.sql.push('$');
            match number.parse::<usize>() {
                Ok(number) => self.sql.push_str(&(before + number).to_string()),
                Err(_) => self.sql.push_str(number),
            }
            self.sql.push_str(rest);
        }
        self.values.extend(part.values.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::raw_sql;

    #[test]
    fn parameters_are_counted_on() {
        let (a, b, c) = (1_i64, 2_i64, 3_i64);
        let whole = Compound::default()
            .with("one", raw_sql!(Postgres, r#"INSERT INTO t VALUES ({a}, {b}, '$') RETURNING x"#))
            .with_some("none", None)
            .with("two", raw_sql!(Postgres, r#"UPDATE u SET y = {c}"#))
            .end(raw_sql!(Postgres, r#"SELECT {a} FROM one"#));
        assert_eq!(
            whole.sql,
            "WITH one AS (INSERT INTO t VALUES ($1, $2, '$') RETURNING x), \
             two AS (UPDATE u SET y = $3) SELECT $4 FROM one"
        );
        assert_eq!(whole.values, Some(Values(vec![a.into(), b.into(), c.into(), a.into()])));
    }
}
