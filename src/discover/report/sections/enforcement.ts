import { counted, number } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { Context, Simulated } from '../input.ts'
import { list, more, section, table } from './pieces.ts'

const most = 300

const share = (part: number, whole: number): string =>
  whole === 0 ? '0 %' : `${Number(((part / whole) * 100).toFixed(part === 0 || part === whole ? 0 : 1))} %`

const bar = (denied: number, all: number, what: string): Html => {
  const permitted = all - denied
  const width = all === 0 ? 100 : Math.round((permitted / all) * 1000) / 10
  return html`<div class="share">
    <p><b>${share(permitted, all)}</b> of ${number(all)} ${what} permitted, <b>${number(denied)}</b> denied</p>
    <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="denied" width="100" height="4" />
      <rect class="permitted" width="${width}" height="4" />
    </svg>
  </div>`
}

const rowOf = ({
  client,
  server,
  clientAsset,
  serverAsset,
  service,
  outcome,
}: Simulated['conversations'][number]): Html =>
  html`<tr>
    <td>
      <b>${clientAsset ?? client}</b
      >${clientAsset === undefined ? '' : html`<br /><span class="quiet">${client}</span>`}
    </td>
    <td>
      <b>${serverAsset ?? server}</b
      >${serverAsset === undefined ? '' : html`<br /><span class="quiet">${server}</span>`}
    </td>
    <td>${service}</td>
    <td class="num">${number(outcome.permitted)} / ${number(outcome.denied)}</td>
    <td>
      ${outcome.because}${outcome.nearest === undefined ? '' : html`<br /><span class="quiet">nearest conduit: ${outcome.nearest.conduit}</span>`}
    </td>
  </tr>`

const zoneOf = ({ zone, conversations, packets, commands, perDay }: Simulated['zones'][number]): Html =>
  html`<tr>
    <td><b>${zone}</b></td>
    <td class="num">${number(conversations)}</td>
    <td class="num">${number(packets)}</td>
    <td class="num">${number(commands)}</td>
    <td class="num">
      ${perDay === undefined ? html`<span class="quiet">too little recorded</span>` : html`${counted(perDay.packets, 'packet')}, ${counted(perDay.commands, 'command')}`}
    </td>
  </tr>`

export const enforcementSection = ({ simulation }: Context): Html => {
  if (simulation === undefined) return html``
  const { summary, conversations, zones, recorded, blind } = simulation
  const denied = conversations.filter(({ outcome }) => outcome.verdict !== 'permitted')
  return section(
    'enforcement',
    'What enforcement would do',
    html`<p>The recordings were played through the same evaluator that an edge enforces with. ${recorded.text}</p>`,
    bar(summary.denied, summary.conversations, 'conversations'),
    bar(summary.commandsDenied, summary.commands, 'commands'),
    zones.length === 0
      ? html``
      : html`<h3>Denials of known assets, by zone</h3>
          <p>These are false alarms, unless somebody misuses an asset.</p>
          ${table(['Zone', 'Conversations', 'Packets', 'Commands', 'A day'], zones.map(zoneOf))}`,
    html`<h3>What would be denied</h3>`,
    denied.length === 0
      ? list([], 'Nothing of what was recorded.')
      : table(
          ['Client', 'Server', 'Service', 'Packets permitted / denied', 'Because'],
          denied.slice(0, most).map(rowOf),
          { filter: 'denials' },
        ),
    more(denied.length, most, 'conversation'),
    blind.length === 0
      ? html``
      : html`<h3>What the recordings cannot show</h3>
          ${list(blind, '')}`,
  )
}
