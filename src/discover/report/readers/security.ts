import { html, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { evidenceText, list, riskBadge, signText, techniqueList, typed } from '../sections/pieces.ts'

export const securityPage = ({ findings, signs, times }: Context): Html => {
  const worst = findings.filter(({ id }) => !id.startsWith('sign-')).slice(0, 5)
  const steps = [...new Set(findings.slice(0, 6).map(({ next }) => next))].slice(0, 3)
  const advisories = findings.filter(({ advisory }) => advisory !== undefined).slice(0, 4)
  return html`<h3>Signs of attack</h3>
    ${list(
      signs.slice(0, 5).map((sign) => html`${signText(sign, times)} ${techniqueList(sign.techniques)}`),
      'None in what was recorded. That is no proof for the time that was not.',
    )}${signs.length > 5 ? html`<p class="note">${signs.length - 5} more under Findings.</p>` : ''}
    <h3>The worst exposures</h3>
    ${list(
      worst.map(
        (finding) =>
          html`${riskBadge(finding.risk)} ${finding.title}
            <span class="quiet"
              >${finding.evidence[0] === undefined ? '' : evidenceText(finding.evidence[0], times)}</span
            >`,
      ),
      'None.',
    )}
    <h3>Known vulnerabilities</h3>
    ${list(
      advisories.map(({ risk, title }) => html`${riskBadge(risk)} ${title}`),
      'No advisory in the index names a device of this plant. The index is as good as its last import (`bulkhead advisories import`).',
    )}
    <h3>Do next</h3>
    ${
      steps.length === 0
        ? list([], 'Nothing is urgent.')
        : html`<ol>
            ${steps.map((step) => html`<li>${typed(step)}</li>`)}
          </ol>`
    }`
}
