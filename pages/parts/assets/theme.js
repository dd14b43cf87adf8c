// Two things that only the browser knows of the theme.

const BAR = "iframe[title^='streamlit_option_menu']"
let drawn = null // the page colour that the server's charts were drawn for; kept while the tab is open

export default function ({ parentElement, setTriggerValue }) {
  // Charts get their colours on the server, which hears of a change between light and dark only with the next run.
  const colour = getComputedStyle(parentElement.host).getPropertyValue("--st-background-color")
  if (drawn !== null && drawn !== colour) setTriggerValue("changed", colour)
  drawn = colour

  // The bar lives in a frame of its own that has none of the page's fonts.
  const page = parentElement.ownerDocument
  const watcher = new MutationObserver(() => page.querySelectorAll(BAR).forEach(lend))
  watcher.observe(page.body, { childList: true, subtree: true })
  page.querySelectorAll(BAR).forEach(lend)
  return () => watcher.disconnect()
}

function lend(frame) {
  if (frame.dataset.lent) return
  frame.dataset.lent = "fonts"
  frame.addEventListener("load", () => fonts(frame))
  if (frame.contentDocument?.readyState === "complete") fonts(frame)
}

function fonts(frame) {
  const rules = [...frame.ownerDocument.styleSheets].flatMap((sheet) => [...sheet.cssRules])
  for (const { style, parentStyleSheet } of rules.filter((rule) => rule instanceof CSSFontFaceRule)) {
    const family = style.getPropertyValue("font-family").replaceAll('"', "")
    if (family !== "Source Sans" || style.getPropertyValue("font-style") === "italic") continue
    const base = parentStyleSheet.href ?? document.baseURI
    const whole = (_, address) => `url("${new URL(address, base)}")`
    const source = style.getPropertyValue("src").replace(/url\("?([^")]+)"?\)/g, whole)
    const weight = style.getPropertyValue("font-weight")
    frame.contentDocument.fonts.add(new frame.contentWindow.FontFace(family, source, { weight }))
  }
}
