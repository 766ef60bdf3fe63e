/** Small pieces that sections share. */
import { severityOf } from '../../assess/risk.ts'
import { techniqueText, techniqueUrl } from '../../assess/techniques.ts'
import type { Evidence, Sign } from '../../model.ts'
import { number, type Times } from '../format.ts'
import { html, type Html, type Part } from '../html.ts'

/** A number with a word for it: colour alone tells nothing on paper. */
export const riskBadge = (risk: number): Html => {
  const severity = severityOf(risk)
  return html`<span class="badge ${severity}">${severity} ${risk}</span>`
}

export const evidenceText = ({ capture, packet, at }: Evidence, times: Times): string =>
  packet === 0 ? `${capture}, ${times.second(at)}` : `${capture}, packet ${number(packet)}, ${times.second(at)}`

export const evidenceList = (evidence: readonly Evidence[], times: Times): Html =>
  html`<ul class="evidence">
    ${evidence.map((one) => html`<li>${evidenceText(one, times)}</li>`)}
  </ul>`

/** MITRE's page is a link, never fetched by the page itself; what is no id of a technique is text. */
export const techniqueList = (ids: readonly string[]): Html =>
  html`${ids.map((id) =>
    /^T\d{4}(?:\.\d{3})?$/.test(id)
      ? html`<a class="technique" href="${techniqueUrl(id)}" rel="noreferrer">${techniqueText(id)}</a> `
      : html`<span class="technique">${id}</span> `,
  )}`

/** Text in which backticks mark what is typed. */
export const typed = (text: string): readonly Html[] =>
  text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`))

export const section = (id: string, title: string, ...content: readonly Part[]): Html =>
  html`<section id="${id}">
    <h2>${title}</h2>
    ${content}
  </section>`

export const list = (items: readonly Part[], empty: string): Html =>
  items.length === 0
    ? html`<p class="none">${typed(empty)}</p>`
    : html`<ul>
        ${items.map((item) => html`<li>${item}</li>`)}
      </ul>`

/** A table that scrolls by itself where it is wider than the page, under a field that narrows it. */
export const table = (
  heads: readonly string[],
  rows: readonly Html[],
  options: { readonly filter?: string } = {},
): Html =>
  html`<div class="table" ${options.filter === undefined ? '' : html` data-filter="${options.filter}"`}>
    <table>
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`

/** Says what is left out, where a list has a bound. */
export const more = (all: number, shown: number, what: string): Html =>
  all > shown
    ? html`<p class="note">
        ${number(all - shown)} more ${all - shown === 1 ? `${what} is` : `${what}s are`} not shown here;
        <code>--json</code> has ${all - shown === 1 ? 'it' : 'them all'}.
      </p>`
    : html``

/** The packets of a sign, as a sentence. */
export const signText = (sign: Sign, times: Times): Html =>
  html`${sign.text} <span class="quiet">(${evidenceText(sign.evidence, times)})</span>`
