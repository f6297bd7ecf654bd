"""What is wrong with a value that was configured or asked for: one line with the key, the value and what is allowed."""

from collections.abc import Iterable

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from symposium.ledger.records import nearest
from symposium.models.keys import looks_secret, names_secret

HOW_KEYS = 'keys are read from the environment or .env: name the variable, as in key = "OPENAI_API_KEY"'
SECRET = "secret"  # the type of our own errors whose words must not hold the value
WRONG = "wrong"  # the type of our own errors about several keys
DEMANDS = {
    "greater_than_equal": "must be {ge} or more",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be {le} or less",
    "less_than": "must be less than {lt}",
    "literal_error": "must be one of {expected}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a smaller number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list of names",
    "list_type": "must be a list of names",
    "dict_type": "must be a table such as {{ top_k = 20 }}",
    "string_type": "must be a text",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be provider:model, such as gguf:~/models/a.gguf",  # the one pattern is a model's
}


def told(error: ValidationError, model: type[BaseModel], extra: Iterable[str] = ()) -> str:
    """Tell the first thing that is wrong; `extra` are keys beside the model's that are known, too."""
    first = min(
        error.errors(), key=lambda found: found["type"] != "extra_forbidden"
    )  # a misspelt key explains the rest
    key = ".".join(str(part) for part in first["loc"] if isinstance(part, str))
    if first["type"] == "extra_forbidden":
        return f"unknown key '{key}'; {_meant(key, (*model.model_fields, *extra))}"
    if first["type"] == "missing":
        return f"'{key}' is missing"
    if first["type"] == WRONG:
        return first["msg"]
    if first["type"] == SECRET:
        return f"'{key}': {first['msg']}"
    return f"'{key}' = {written(first['input'])}: {_demanded(first)}"


def _meant(key: str, known: Iterable[str]) -> str:
    return HOW_KEYS if names_secret(key) else nearest(key, known)


def _demanded(found: ErrorDetails) -> str:
    """What is allowed, by pydantic's name for what is wrong."""
    if found["type"] not in DEMANDS:
        return found["msg"].removeprefix("Value error, ")
    facts = {name: written(value) for name, value in found.get("ctx", {}).items()}
    if found["type"] == "literal_error":  # pydantic lists them as 'a', 'b' or 'c'
        facts["expected"] = facts["expected"].strip('"').replace(" or ", ", ").replace("'", "")
    return DEMANDS[found["type"]].format_map(facts)


def written(value: object) -> str:
    """Write the value as a person does: -1 for -1.0; what looks like a key is not shown."""
    if isinstance(value, str) and looks_secret(value):
        return "... (not shown: it looks like a key)"
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else repr(value)
