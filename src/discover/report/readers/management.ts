import { counted, number } from '../format.ts'
import { html, type Html, type Part } from '../html.ts'
import type { Context } from '../input.ts'
import { list, riskBadge } from '../sections/pieces.ts'

/** The gravest consequence of each kind of finding: a manager need not read the same twice. */
const stops = ({ findings }: Context): readonly Part[] => {
  const seen = new Set<string>()
  return findings
    .filter(({ id, risk }) => risk >= 40 && !seen.has(id) && seen.add(id))
    .slice(0, 5)
    .map(
      ({ consequence, risk, devices }) =>
        html`${riskBadge(risk)} ${consequence}
          <span class="quiet">${devices.slice(0, 3).join(', ')}${devices.length > 3 ? ' …' : ''}</span>`,
    )
}

const decisions = ({ inventory, policy, baseline }: Context): readonly Part[] => {
  const owners = inventory.questions.filter(({ ask }) => ask === 'owner').length
  const others = inventory.questions.length - owners
  const left = (policy?.decisions ?? []).length
  return [
    ...(owners > 0
      ? [
          html`<b>Name owners</b> for ${number(owners)} ${owners === 1 ? 'device' : 'devices'}: somebody must be asked
            before something of theirs is denied.`,
        ]
      : []),
    ...(others > 0
      ? [
          html`<b>Have ${counted(others, 'question')} answered</b> about kind, level and criticality; the Inventory
            lists what is not certain.`,
        ]
      : []),
    ...(left > 0
      ? [
          html`<b>Decide about ${number(left)} engineering ${left === 1 ? 'access' : 'accesses'}</b>: permitted never by
            themselves, but for maintenance windows that you agree to.`,
        ]
      : []),
    ...(baseline.coverage.missing.length > 0
      ? [html`<b>Let it watch longer</b> before anything is enforced: ${baseline.coverage.missing.join(', ')} so far.`]
      : []),
    html`<b>Agree on the order</b>: observe, then shadow (nothing is stopped, everything is counted), then enforce, zone
      by zone, the least critical first.`,
  ]
}

const cost = ({ simulation, baseline }: Context): Html => {
  if (simulation === undefined)
    return html`<p>
      Not simulated yet: <code>bulkhead simulate</code> plays the recordings through the policy and says what would have
      been stopped. ${baseline.coverage.text}
    </p>`
  const { summary, zones } = simulation
  const perDay = zones.flatMap((zone) =>
    zone.perDay === undefined ? [] : [{ zone: zone.zone, packets: zone.perDay.packets }],
  )
  return html`<p>
    Of ${counted(summary.conversations, 'conversation')} ${number(summary.conversations - summary.denied)} would go on
    unchanged, and ${number(summary.denied)} would be stopped or cut
    down.${perDay.length === 0 ? '' : html` Expected alarms about known machines, a day: ${perDay.slice(0, 6).map(({ zone, packets }, at) => html`${at === 0 ? '' : ', '}${zone} ${number(packets)}`)}.`}
  </p>`
}

export const managementPage = (context: Context): Html =>
  html`<h3>What could stop production</h3>
    ${list(stops(context), 'Nothing that was seen.')}
    <h3>What protection would cost</h3>
    ${cost(context)}
    <h3>What only you can decide</h3>
    ${list(decisions(context), '')}`
