"""Numbers as the drawing format spells them."""


def format_number(value: float) -> str:
    """Spell a finite number canonically (V1): at most 3 decimals, no trailing zeros, no exponent, no minus zero."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
