"""Whether a default is evaluated once for the whole table, or for each row, which rewrites it."""

from typing import Any

from handlers.domain.schema.gate.rules.tree import functions_in

_EVALUATED_ONCE_WORDS = """
    now transaction_timestamp statement_timestamp timezone date_trunc date_part extract age
    to_char to_timestamp to_date make_date make_time make_timestamp make_timestamptz
    make_interval current_setting current_schema current_database lower upper initcap trim btrim
    ltrim rtrim concat concat_ws format coalesce length substring substr replace left right md5
    abs round floor ceil ceiling trunc power mod greatest least encode decode sha256 to_json
    to_jsonb json_build_object jsonb_build_object json_build_array jsonb_build_array row_to_json
    json_object jsonb_object int4range int8range numrange tsrange tstzrange daterange array_fill
    string_to_array to_tsvector uuid_nil lpad rpad repeat interval int4 int8 text
"""
_EVALUATED_ONCE = frozenset(_EVALUATED_ONCE_WORDS.split())
_SERIAL = frozenset(("serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"))


def volatile(expression: Any) -> tuple[str, ...]:
    """The functions in a default that PostgreSQL may have to call for each row; one that we do not
    know counts as such.
    """
    called = functions_in(expression)
    return tuple(
        name[-1]
        for name in called
        if name[-1] not in _EVALUATED_ONCE or name[:-1] not in ((), ("pg_catalog",))
    )


def serial(type_name: Any) -> bool:
    """Whether the type is one of the serials, which bring a sequence and NOT NULL."""
    names = type_name["names"]
    return len(names) == 1 and names[0]["String"]["sval"] in _SERIAL


def is_null(expression: Any) -> bool:
    """Whether a default is NULL, with or without a cast: none at all."""
    while "TypeCast" in expression:
        expression = expression["TypeCast"]["arg"]
    return bool(expression.get("A_Const", {}).get("isnull"))


_COMPUTES_WORDS = """
    count sum min max avg array_agg string_agg json_agg jsonb_agg bool_and bool_or row_number
    rank dense_rank lag lead first_value last_value generate_series unnest random
    gen_random_uuid uuid_generate_v4 uuidv4 uuidv7 clock_timestamp timeofday setseed nextval
    currval lastval pg_get_serial_sequence pg_notify regexp_replace
    regexp_match regexp_matches regexp_split_to_array regexp_split_to_table split_part position
    strpos ascii chr hashtext array_length array_append array_prepend array_remove
    array_to_string cardinality jsonb_set jsonb_array_elements jsonb_array_elements_text
    json_array_elements jsonb_each jsonb_typeof jsonb_strip_nulls jsonb_build_array exists
    to_regclass to_number quote_ident quote_literal version mode percentile_cont corr ntile sign
    sqrt exp ln log overlay gen_random_bytes digest crypt gen_salt isfinite
    justify_days justify_hours bit_length octet_length char_length character_length reverse
    starts_with unaccent
"""
_COMPUTES = _EVALUATED_ONCE | frozenset(_COMPUTES_WORDS.split())


def known(name: tuple[str, ...]) -> bool:
    """Whether a function is PostgreSQL's own and only computes, counts or sets."""
    return name[-1] in _COMPUTES and name[:-1] in ((), ("pg_catalog",))
