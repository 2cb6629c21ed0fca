"""Chinese numerals, by which the list counts chapters and measures."""

DIGITS = "零一二三四五六七八九"
HIGHEST = 99


def chinese_numeral(number: int) -> str:
    """The numeral of 1 to 99: 1 is 一, 10 is 十, 12 is 十二, 25 is 二十五. ValueError beyond."""
    if not 1 <= number <= HIGHEST:
        raise ValueError(f"{number} is not between 1 and {HIGHEST}")
    tens, ones = divmod(number, 10)
    written_tens = ("" if tens == 1 else DIGITS[tens]) + "十" if tens else ""
    return written_tens + (DIGITS[ones] if ones else "")


NUMBER_OF_NUMERAL = {chinese_numeral(number): number for number in range(1, HIGHEST + 1)}
