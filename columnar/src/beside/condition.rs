//! Conditions of a query that the database beside can test itself, so that rows without use never become arrays.

use analyzer::tables::{Table, Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// The condition as SQL; `None` for what is not compared plainly, or might be compared otherwise there.
pub(super) fn condition(expression: &Expr, table: &Table) -> Option<String> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = expression else { return None };
    if matches!(op, Operator::And | Operator::Or) {
        let (left, right) = (condition(left, table)?, condition(right, table)?);
        return Some(format!("({left} {op} {right})"));
    }
    let (column, op, value) = match (&**left, &**right) {
        (Expr::Column(column), Expr::Literal(value, _)) => (column, *op, value),
        (Expr::Literal(value, _), Expr::Column(column)) => (column, op.swap()?, value),
        _ => return None,
    };
    let ty = table.columns.get(table.index(&column.name)?)?.ty;
    let value = match (ty, op, value) {
        (Type::Integer, Operator::Eq | Operator::Lt | Operator::LtEq | Operator::Gt | Operator::GtEq, value) => {
            let ScalarValue::Int64(Some(number)) = value else { return None };
            number.to_string()
        }
        (Type::Text, Operator::Eq, value) => {
            let text = value.try_as_str()??;
            // SQL of SQLite ends at NUL.
            (!text.contains('\0')).then(|| format!("'{}'", text.replace('\'', "''")))?
        }
        _ => return None,
    };
    Some(format!("{} {op} {value}", super::quoted(&column.name)))
}

#[cfg(test)]
mod tests {
    use analyzer::tables::{Column, Table, Type};
    use datafusion::logical_expr::{col, lit};

    use super::condition;

    #[test]
    fn what_means_the_same_there_is_tested_there() {
        let column = |name: &str, ty| Column { name: name.to_owned(), ty, doc: String::new() };
        let columns = vec![column("pid", Type::Integer), column("comm", Type::Text), column("open", Type::Boolean)];
        let table = Table { name: "processes".to_owned(), doc: String::new(), columns };
        let told = |expression| condition(&expression, &table);
        assert_eq!(told(col("pid").eq(lit(4i64))).as_deref(), Some("\"pid\" = 4"));
        assert_eq!(told(lit(4i64).lt(col("pid"))).as_deref(), Some("\"pid\" > 4"));
        let either = col("pid").gt_eq(lit(4i64)).or(col("comm").eq(lit("it's")));
        assert_eq!(told(either).as_deref(), Some("(\"pid\" >= 4 OR \"comm\" = 'it''s')"));
        for expression in [
            col("comm").lt(lit("x")),
            col("comm").eq(lit("a\0b")),
            col("open").eq(lit(true)),
            col("pid").eq(lit("4")),
            col("pid").eq(lit(4i64)).and(col("comm").like(lit("x%"))),
            col("nosuch").eq(lit(4i64)),
        ] {
            assert_eq!(told(expression.clone()), None, "{expression}");
        }
    }
}
