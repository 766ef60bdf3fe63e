import { html, preformatted, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { list, section } from './pieces.ts'

/** Light highlighting of YAML, line by line: comments, keys, the rest. */
const lineOf = (line: string): Html => {
  if (/^\s*#/.test(line)) return html`<span class="c">${preformatted(line)}</span>`
  const [, indent = '', key] = /^(\s*(?:- )?)([\w."'-]+):(?=\s|$)/.exec(line) ?? []
  if (key === undefined) return preformatted(line)
  return html`${preformatted(indent)}<span class="k">${preformatted(key)}</span
    >${preformatted(line.slice(indent.length + key.length))}`
}

const mostLines = 20_000

export const policySection = ({ policy }: Context): Html => {
  if (policy === undefined) return html``
  const lines = policy.text.split(/\r?\n/)
  return section(
    'policy',
    'Policy',
    html`<p>
      ${policy.file === undefined ? 'The smallest policy that permits what the plant was seen to need, proposed from what was seen.' : html`The site policy of ${policy.file}.`}
      It is text: read it, change it, keep it under version control; <code>bulkhead policy test</code> proves it.
    </p>`,
    (policy.decisions ?? []).length === 0
      ? html``
      : html`<h3>Left to people</h3>
          ${list(policy.decisions ?? [], '')}`,
    (policy.excluded ?? []).length === 0
      ? html``
      : html`<h3>Seen, and not proposed</h3>
          ${list((policy.excluded ?? []).slice(0, 200), '')}`,
    html`<pre class="yaml">
${lines.slice(0, mostLines).map((line, at) => html`${at === 0 ? '' : preformatted('\n')}${lineOf(line)}`)}</pre>`,
  )
}
