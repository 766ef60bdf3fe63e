import type { Device } from '../../model.ts'
import { html, type Html, type Part } from '../html.ts'
import type { Context } from '../input.ts'
import { list } from '../sections/pieces.ts'
import { asked, steers, type Asked } from './roles.ts'

const stations: ReadonlySet<string> = new Set(['hmi', 'scada', 'historian', 'workstation', 'server'])

const keeps = (device: Device, own: readonly Asked[]): Part => {
  const ids = (some: readonly Asked[]): readonly string[] => [
    ...new Set(some.map(({ server, conversation }) => server?.id ?? conversation.server)),
  ]
  const steered = ids(own.filter(({ conversation }) => conversation.commands.some(steers)))
  const shown = ids(own.filter(({ conversation }) => conversation.commands.some(({ risk }) => risk === 'read'))).filter(
    (id) => !steered.includes(id),
  )
  const text = (names: readonly string[]): string =>
    `${names.slice(0, 6).join(', ')}${names.length > 6 ? ` and ${names.length - 6} more` : ''}`
  return html`<b>${device.id}</b
    >${steered.length > 0 ? html` operates ${text(steered)}` : ''}${steered.length > 0 && shown.length > 0 ? ';' : ''}${shown.length > 0 ? html` shows ${text(shown)}` : ''}`
}

const stopped = ({ simulation, policy, signs }: Context): readonly Part[] => [
  ...(simulation?.conversations ?? [])
    .filter(({ outcome }) => outcome.verdict !== 'permitted')
    .slice(0, 8)
    .map(
      ({ client, server, clientAsset, serverAsset, service, outcome }) =>
        html`${clientAsset ?? client} → ${serverAsset ?? server} (${service}): ${outcome.because}`,
    ),
  ...(policy?.decisions ?? []).slice(0, 6).map((text) => html`Not without a permit: ${text}`),
  ...(signs.length > 0 ? [html`What looked like an attack in the recordings (see Findings).`] : []),
]

export const operationsPage = (context: Context): Html => {
  const own = new Map<Device, Asked[]>()
  for (const one of asked(context))
    if (one.client !== undefined && stations.has(one.client.kind.value) && one.conversation.commands.length > 0)
      own.set(one.client, [...(own.get(one.client) ?? []), one])
  const kept = [...own].toSorted(([a], [b]) => (a.id < b.id ? -1 : 1))
  const { missing } = context.baseline.coverage
  return html`<h3>What your stations do today</h3>
    ${list(
      kept.slice(0, 14).map(([device, asks]) => keeps(device, asks)),
      'No operator station was recognised yet.',
    )}${kept.length > 14 ? html`<p class="note">${kept.length - 14} more stations under Conversations.</p>` : ''}
    <h3>What would be stopped</h3>
    ${list(stopped(context), 'Nothing that was seen while recording.')}
    <h3>Tell us what was not seen</h3>
    <p>
      ${missing.length === 0 ? 'Every shift, day and the turn of a month were seen.' : html`So far there is ${missing.join(', ')} in the recordings. What do you do then that is not on this page? What nobody tells, enforcement would stop.`}
    </p>
    <h3>If something is blocked that you need</h3>
    <ol>
      <li><code>bulkhead edge explain</code> says what was denied and why, in one sentence.</li>
      <li><code>bulkhead edge permit</code> lets one thing through for a time; it ends by itself.</li>
      <li>
        <code>bulkhead edge bypass</code> makes the edge a plain bridge for a time: production goes on, and it is
        recorded who chose so.
      </li>
    </ol>`
}
