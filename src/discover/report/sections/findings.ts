import type { Assessed } from '../../assess/risk.ts'
import { html, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { evidenceList, list, more, riskBadge, section, techniqueList, typed } from './pieces.ts'

const most = 150

const sumOf = ({ derivation, risk }: Assessed): Html =>
  html`${derivation.map(({ what, points }, at) => html`${at === 0 ? '' : points < 0 ? ' − ' : ' + '}${Math.abs(points)} <span class="quiet">${what}</span>`)}
    = <b>${risk}</b>`

const findingOf = (finding: Assessed, context: Context): Html =>
  html`<article class="finding ${finding.severity}">
    <h3>${riskBadge(finding.risk)} ${finding.title}</h3>
    <dl>
      <dt>What it can do</dt>
      <dd>${finding.consequence}</dd>
      <dt>Next step</dt>
      <dd>${typed(finding.next)}</dd>
    </dl>
    <details open>
      <summary>Evidence and derivation</summary>
      <dl class="small">
        <dt>Seen</dt>
        <dd>${evidenceList(finding.evidence, context.times)}</dd>
        <dt>Risk</dt>
        <dd>${sumOf(finding)}</dd>
        ${
          finding.techniques.length === 0
            ? ''
            : html`<dt>ATT&amp;CK for ICS</dt>
                <dd>${techniqueList(finding.techniques)}</dd>`
        }${
          finding.advisory === undefined
            ? ''
            : html`<dt>Advisory</dt>
                <dd>${finding.advisory}</dd>`
        }
      </dl>
    </details>
  </article>`

export const findingsSection = (context: Context): Html => {
  const { findings, exposure } = context
  const zones = exposure.zones.slice(0, 12)
  return section(
    'findings',
    'Findings',
    html`<p>Ranked by risk. The points of each are written out: who disagrees with one sees what it changes.</p>`,
    zones.length === 0
      ? html``
      : html`<p class="zones">
          ${zones.map(({ name, risk, findings: count }) => html`<span>${riskBadge(risk)} ${name} <span class="quiet">(${count})</span></span> `)}
        </p>`,
    findings.length === 0
      ? list([], 'Nothing was found.')
      : findings.slice(0, most).map((finding) => findingOf(finding, context)),
    more(findings.length, most, 'finding'),
  )
}
