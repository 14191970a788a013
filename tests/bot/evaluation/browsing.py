"""A report as a browser shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Page as Tab

_CONTRAST = """() => {
  const numbers = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((v) => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const below = (one) => {
    for (; one; one = one.parentElement) {
      const rgb = numbers(getComputedStyle(one).backgroundColor);
      if (rgb.length === 3 || rgb[3] === 1) return rgb;
    }
    return [255, 255, 255];
  };
  const weak = new Set();
  for (const one of document.querySelectorAll('body *')) {
    if (![...one.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()) || !one.checkVisibility()) continue;
    const style = getComputedStyle(one);
    const colour = one.closest('svg') ? style.fill : style.color;
    const [a, b] = [light(numbers(colour)), light(below(one))].sort((x, y) => y - x);
    if ((a + .05) / (b + .05) < 4.5) weak.add(`${one.tagName} ${one.className.baseVal ?? one.className}`);
  }
  return [...weak];
}"""


@dataclass
class Opened:
    """A report in the browser, and what the browser complained of or asked the network for."""

    tab: Tab
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def listed(self) -> list[str]:
        """The questions in the list."""
        return [words.strip() for words in self.tab.locator("details.question:visible .ask").all_text_contents()]

    def unfold(self) -> None:
        """Open and lay out everything, the cards outside the window too."""
        self.tab.add_style_tag(content=".question { content-visibility: visible !important; }")
        self.tab.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")

    def count(self) -> str:
        return self.tab.inner_text("#count")

    def weak_words(self) -> list[str]:
        """The elements whose words stand out from their ground by less than 4.5 to 1 (WCAG 2.2, level AA)."""
        return list(self.tab.evaluate(_CONTRAST))


Open = Callable[..., Opened]
