// A plain page of text: one style, light and dark, no script.

const STYLE = `:root{color-scheme:light dark}
body{margin:0;font:1rem/1.55 system-ui,sans-serif;background:light-dark(#faf8f4,#11161a);color:light-dark(#1a2226,#e8ecee);overflow-wrap:anywhere}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 4rem}
a{color:light-dark(#0b6b74,#6fc7ca);line-height:1.7}
h1{font-size:1.75rem}h2{margin-top:2.5rem;border-bottom:1px solid light-dark(#dcd5c7,#313b42)}h3{margin:1.75rem 0 .25rem;font-size:1.0625rem}
p{margin:.375rem 0}table{border-collapse:collapse;width:100%;margin:.5rem 0;font-size:.9375rem}
th,td{text-align:start;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid light-dark(#dcd5c7,#313b42)}
th{font-weight:600}code{font-size:.9em}.soft{color:light-dark(#525c61,#a9b4ba)}`

export const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')

export interface HtmlPage {
  readonly title: string
  /** Markup. */
  readonly body: string
  readonly nonce: string
}

export const htmlPage = ({ title, body, nonce }: HtmlPage): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style nonce="${nonce}">${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>${body}</main></body></html>`
