"""Taking conditions apart at their outermost ``&&`` and ``||``."""

from __future__ import annotations


def split_top(text: str, operator: str) -> list[str]:
    """The parts of a condition between outermost operators, without outer brackets."""
    parts: list[str] = []
    depth, quote, start, index = 0, "", 0, 0
    while index < len(text):
        char = text[index]
        if quote:
            if char == "\\":
                index += 1
            elif char == quote:
                quote = ""
        elif char in "\"'":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(operator, index):
            parts.append(text[start:index])
            index += len(operator)
            start = index
            continue
        index += 1
    parts.append(text[start:])
    return [unwrap(part) for part in parts]


def unwrap(text: str) -> str:
    """The text without spaces and without brackets that enclose the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depth = 0
        for index, char in enumerate(text):
            depth += (char == "(") - (char == ")")
            if depth == 0 and index < len(text) - 1:
                return text
        text = text[1:-1].strip()
    return text


def limbs_of(text: str) -> tuple[tuple[str, ...], str]:
    """``(A && B) || C`` as ((A, B), C): the limbs that go together, and the alternative."""
    either = split_top(unwrap(text), "||")
    joined = next((part for part in either if len(split_top(part, "&&")) > 1), either[0])
    rest = [part for part in either if part is not joined]
    return tuple(split_top(joined, "&&")), " || ".join(f"({part})" for part in rest)
