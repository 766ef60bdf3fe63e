import type { Command, Device } from '../../model.ts'
import { clip, counted, number, objectText, rhythmText } from '../format.ts'
import { html, type Html, type Part } from '../html.ts'
import type { Context } from '../input.ts'
import { list, table } from '../sections/pieces.ts'
import { asked, controllersOf, programs, steers, type Asked } from './roles.ts'

/** The busiest alone: each reader has one page, and the rest is under Conversations. */
const most = 5
/** Letters of what a command is about. */
const longest = 80

const names = (some: readonly Asked[]): string => {
  const found = [...new Set(some.map(({ client, conversation }) => client?.id ?? conversation.client))]
  return found.length === 0
    ? '–'
    : `${found.slice(0, 5).join(', ')}${found.length > 5 ? ` and ${found.length - 5} more` : ''}`
}

const having = (own: readonly Asked[], test: (command: Command) => boolean): readonly Asked[] =>
  own.filter(({ conversation }) => conversation.commands.some(test))

const rowOf = (device: Device, own: readonly Asked[]): Html => {
  const rhythms = [
    ...new Set(own.map(({ conversation }) => rhythmText(conversation.rhythm)).filter((text) => text !== '')),
  ]
  const writes = own.flatMap(({ conversation, client }) =>
    conversation.commands
      .filter(steers)
      .map((command) => `${client?.id ?? conversation.client}: ${command.op} ${objectText(command)}`),
  )
  return html`<tr>
    <td>
      <b>${device.id}</b><br /><span class="quiet"
        >${device.model?.value ?? 'model not known'}${device.firmware === undefined ? '' : `, ${device.firmware.value}`}</span
      >
    </td>
    <td>
      ${names(having(own, ({ risk }) => risk === 'read'))}<br /><span class="quiet"
        >${rhythms.slice(0, 3).join(', ')}</span
      >
    </td>
    <td>
      ${names(having(own, steers))}${[...new Set(writes)].slice(0, 2).map((text) => html`<br /><span class="quiet">${clip(text, longest)}</span>`)}
    </td>
    <td>${names(having(own, programs))}</td>
  </tr>`
}

const engineering = (all: readonly Asked[], context: Context): readonly Part[] =>
  all
    .flatMap(({ conversation, client, server }) =>
      conversation.commands
        .filter(programs)
        .map(
          (command) =>
            html`${client?.id ?? conversation.client} → ${server?.id ?? conversation.server}:
              <b>${command.op}</b> ${number(command.count)} ×
              <span class="quiet">${clip(objectText(command), longest)}; ${context.times.minute(command.first)}</span>`,
        ),
    )
    .slice(0, 6)

const trouble = (all: readonly Asked[]): readonly Part[] =>
  all
    .flatMap(({ conversation: { commands, faults }, conversation, client, server }): readonly Part[] => {
      const refused = commands.reduce((sum, command) => sum + command.refused, 0)
      const unread = Object.values(faults).reduce((sum, count) => sum + count, 0)
      const pair = `${client?.id ?? conversation.client} → ${server?.id ?? conversation.server}`
      return [
        ...(refused > 0 ? [html`${pair}: ${counted(refused, 'command')} refused by the device`] : []),
        ...(unread > 0
          ? [html`${pair}: ${counted(unread, 'message')} not as the protocol wants ${unread === 1 ? 'it' : 'them'}`]
          : []),
      ]
    })
    .slice(0, 4)

export const controlPage = (context: Context): Html => {
  const all = asked(context)
  const controllers = controllersOf(context)
  const served = new Map<Device, Asked[]>()
  for (const one of all) if (one.server !== undefined) served.set(one.server, [...(served.get(one.server) ?? []), one])
  const busiest = controllers.toSorted(
    (a, b) => (served.get(b)?.length ?? 0) - (served.get(a)?.length ?? 0) || (a.id < b.id ? -1 : 1),
  )
  return html`<h3>Who asks your controllers for what</h3>
    ${
      controllers.length === 0
        ? list([], 'No controller was recognised.')
        : table(
            ['Controller', 'Read by', 'Written and steered by', 'Programmed by'],
            busiest.slice(0, most).map((device) => rowOf(device, served.get(device) ?? [])),
          )
    }${controllers.length > most ? html`<p class="note">${controllers.length - most} more under Conversations.</p>` : ''}
    <h3>Programs and configuration that were changed</h3>
    ${list(engineering(all, context), 'No such command was seen. Whoever needs one gets a window in the policy (`when:`), or a permit for the job.')}
    <h3>Refused or broken messages</h3>
    ${list(trouble(all), 'None.')}`
}
