// The page's style and its one script, served beside it, so that its policy can forbid everything inline.

export const STYLE = `
:root { color-scheme: light dark; --accent: light-dark(#0b6b74, #6fc7ca); --line: light-dark(#8a8474, #77848d);
  --soft: light-dark(#525c61, #a9b4ba); --warn: light-dark(#8a4b00, #f0b45c); --bad: light-dark(#a8231c, #ff9a8f) }
* { box-sizing: border-box }
body { font: 1.0625rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 0 auto; padding: 1rem;
  background: light-dark(#faf8f4, #11161a); color: light-dark(#1a2226, #e8ecee); overflow-wrap: break-word }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.simulated { border: .25rem dashed var(--warn); color: var(--warn); border-radius: .5rem; padding: .5rem 1rem; font-weight: 700; margin: 0 }
.language { text-align: end; margin: .25rem 0; line-height: 2.75rem }
h1 { font-size: 1.5rem; margin: 0 }
h2 { font-size: 1.125rem; margin: 0 0 .75rem }
.sum { font-size: 2.25rem; font-weight: 700; margin: 0; font-variant-numeric: tabular-nums }
section { background: light-dark(#fff, #1a2126); border: 1px solid light-dark(#dcd5c7, #313b42); border-radius: .85rem; padding: 1rem 1.25rem; margin: 1rem 0 }
label { display: block; margin: 0 0 .75rem }
input { display: block; width: 100%; font: inherit; min-height: 2.75rem; padding: 0 .75rem; border: 1px solid var(--line); border-radius: .5rem;
  background: transparent; color: inherit; font-variant-numeric: tabular-nums }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem }
.row { display: flex; flex-wrap: wrap; gap: .5rem }
button, .button { font: inherit; min-height: 2.75rem; padding: .35rem 1.1rem; border: 1px solid var(--line); border-radius: .5rem; background: transparent;
  color: inherit; cursor: pointer; text-decoration: none; display: inline-flex; align-items: center; text-align: start }
button.main { background: #0b6b74; border-color: #0b6b74; color: #fff; font-weight: 650 }
.button[aria-current] { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent) }
.soft { color: var(--soft); margin: .25rem 0 .75rem }
.wrong { color: var(--bad); font-weight: 600 }
.code { width: 100%; max-width: 22rem; display: block; margin: 0 auto; border-radius: .5rem }
summary { line-height: 2.75rem; cursor: pointer }
time { font-variant-numeric: tabular-nums }
`

/** Counts the time down. Without it the page tells the time by which to pay. */
export const SCRIPT = `
for (const clock of document.querySelectorAll('time[data-left]')) {
  const until = performance.now() + Number(clock.dataset.left)
  const show = () => {
    const seconds = Math.max(0, Math.ceil((until - performance.now()) / 1000))
    const part = (value) => String(value).padStart(2, '0')
    clock.textContent = part(Math.floor(seconds / 60)) + ':' + part(seconds % 60)
  }
  show()
  setInterval(show, 1000)
}
`
