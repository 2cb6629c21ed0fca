"""Going through a page with the keyboard alone, as a person without a mouse does."""

from playwright.sync_api import Locator, Page

# The longest page has a table with three links in each line of the 54 agencies.
MOST_STEPS = 400
HAS_FOCUS = "element => element === document.activeElement"
# An outline or a shadow of its own, or of the box that is drawn around it.
SHOWS_FOCUS = """() => ['', '::after', '::before'].some(part => {
  const style = getComputedStyle(document.activeElement, part);
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return outlined || style.boxShadow !== 'none';
})"""
WHERE = "() => document.activeElement.outerHTML.slice(0, 200)"
OUTSIDE = "() => [document.body, document.documentElement].includes(document.activeElement)"


def reach(page: Page, target: Locator, *, back: bool = False) -> None:
    """Press Tab, or with `back` Shift and Tab, until the target has the focus.

    Raises AssertionError where it is not reached, or a stop on the way does not show its focus.
    """
    for _step in range(MOST_STEPS):
        if target.evaluate(HAS_FOCUS):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
        # At the end of the page the focus leaves it for the browser's own bar.
        if not page.evaluate(OUTSIDE):
            assert page.evaluate(SHOWS_FOCUS), f"no focus to be seen at {page.evaluate(WHERE)}"
    raise AssertionError(f"{target} is not reached by Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go to the target and press the key there."""
    reach(page, target)
    page.keyboard.press(key)
