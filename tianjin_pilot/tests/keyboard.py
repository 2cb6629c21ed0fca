"""Going through a page with the keyboard alone, as a person without a mouse does."""

from playwright.sync_api import Locator, Page

# The longest page has a table with three links in each line of the 54 agencies.
MOST_STEPS = 400
# Whether the target has the focus, and otherwise what has it without showing it: an outline or a
# shadow of its own, or of the box that is drawn around it. At the end of the page the focus leaves
# it for the browser's own bar. All at once, since a person asks nothing between two keys either.
STOP = """target => {
  const at = document.activeElement;
  const shown = [document.body, document.documentElement].includes(at) ||
    ['', '::after', '::before'].some(part => {
      const style = getComputedStyle(at, part);
      const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
      return outlined || style.boxShadow !== 'none';
    });
  return { reached: at === target, unseen: shown ? '' : at.outerHTML.slice(0, 200) };
}"""


def reach(page: Page, target: Locator, *, back: bool = False) -> None:
    """Press Tab, or with `back` Shift and Tab, until the target has the focus.

    Raises AssertionError where it is not reached, or a stop on the way does not show its focus.
    """
    for step in range(MOST_STEPS):
        stop = target.evaluate(STOP)
        # Where a page begins is no stop on the way.
        assert not (step and stop["unseen"]), f"no focus to be seen at {stop['unseen']}"
        if stop["reached"]:
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{target} is not reached by Tab")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go to the target and press the key there."""
    reach(page, target)
    page.keyboard.press(key)
