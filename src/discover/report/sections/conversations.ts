import { isUnlisted } from '../../assess/view.ts'
import { serviceOf } from '../../assess/wording.ts'
import type { Command, Conversation } from '../../model.ts'
import { bytes, number, objectText, rhythmText, riskOrder, worse } from '../format.ts'
import { html, type Html } from '../html.ts'
import type { Context } from '../input.ts'
import { more, section, table } from './pieces.ts'

const most = 1500
const mostCommands = 24

const commandOf = (command: Command, { suspicious }: Context): Html =>
  html`<li class="${suspicious.has(command.id) ? 'sign' : isUnlisted(command) ? 'session' : command.risk}">
    <b>${command.op}</b> ${number(command.count)}
    ×${command.refused > 0 ? html`, ${number(command.refused)} refused` : ''}
    <span class="quiet">${objectText(command)}${command.from === 'server' ? ' (from the server)' : ''}</span>
  </li>`

const weight = ({ commands, id }: Conversation, { suspicious }: Context): number =>
  suspicious.has(id) || commands.some((command) => suspicious.has(command.id))
    ? riskOrder.length
    : riskOrder.findIndex(
        (risk) =>
          risk ===
          commands.reduce<(typeof riskOrder)[number] | undefined>(
            (worst, command) => worse(worst, command.risk),
            undefined,
          ),
      )

const commandsOf = (conversation: Conversation, context: Context): Html => {
  const commands = conversation.commands.toSorted(
    (a, b) => riskOrder.indexOf(b.risk) - riskOrder.indexOf(a.risk) || b.count - a.count,
  )
  const faults = Object.entries(conversation.faults)
  if (commands.length === 0 && faults.length === 0) return html`<span class="quiet">none read</span>`
  return html`<ul class="commands">
    ${commands.slice(0, mostCommands).map((command) => commandOf(command, context))}${commands.length > mostCommands ? html`<li class="quiet">and ${commands.length - mostCommands} more</li>` : ''}${faults.map(([reason, count]) => html`<li class="quiet">${number(count)} messages not read: ${reason}</li>`)}
  </ul>`
}

const rowOf = (conversation: Conversation, context: Context): Html => {
  const { vlan, client, server, packets, bytes: size, certain, opened, rejected } = conversation
  const suspicious = context.suspicious.has(conversation.id)
  return html`<tr${suspicious ? html` class="sign"` : ''}><td><b>${context.nameOf(vlan, client)}</b><br><span class="quiet">${client}</span>${certain ? '' : html` <span class="quiet">(by ports)</span>`}</td><td><b>${context.nameOf(vlan, server)}</b><br><span class="quiet">${server}</span></td><td>${serviceOf(conversation)}${conversation.protocol === undefined || conversation.port === undefined ? '' : html`<br /><span class="quiet">${conversation.transport ?? ''}/${conversation.port}</span>`}${suspicious ? html`<br /><span class="badge critical">sign of attack</span>` : ''}</td><td class="num">${number(packets[0])} / ${number(packets[1])}<br><span class="quiet">${bytes(size[0] + size[1])}</span>${rejected > 0 ? html`<br /><span class="quiet">${number(rejected)} of ${number(opened)} refused</span>` : ''}</td><td class="short">${rhythmText(conversation.rhythm)}</td><td>${commandsOf(conversation, context)}</td></tr>`
}

export const conversationsSection = (context: Context): Html => {
  const { conversations } = context.observed
  const ranked = conversations
    .map((conversation) => ({ conversation, weight: weight(conversation, context) }))
    .toSorted(
      (a, b) =>
        b.weight - a.weight ||
        b.conversation.packets[0] - a.conversation.packets[0] ||
        (a.conversation.id < b.conversation.id ? -1 : 1),
    )
  return section(
    'conversations',
    'Conversations and commands',
    html`<p>Who asks whom for what. Conversations with the gravest commands come first.</p>`,
    table(
      ['Client', 'Server', 'Service', 'Packets there / back', 'Rhythm', 'Commands'],
      ranked.slice(0, most).map(({ conversation }) => rowOf(conversation, context)),
      { filter: 'conversations' },
    ),
    more(conversations.length, most, 'conversation'),
  )
}
