/** Three hundred devices for tests of a report: more than a map can show one by one. */
import { concluded, deviceOf, inventoryFrom } from '../assess/example.ts'
import type { Kind, Conversation, Device } from '../model.ts'
import { commandOf, conversationOf, observedOf } from '../plant.ts'
import { inputOf } from './example.ts'
import type { ReportInput } from './input.ts'

const kindsByLevel: readonly (readonly [level: number, kinds: readonly Kind[], count: number])[] = [
  [4, ['workstation', 'server', 'printer'], 60],
  [3.5, ['gateway', 'server'], 6],
  [3, ['historian', 'server', 'workstation'], 24],
  [2, ['hmi', 'scada', 'engineering'], 60],
  [1, ['plc', 'rtu', 'sis'], 110],
  [0, ['drive', 'io', 'sensor'], 40],
]

/** Three hundred devices on six levels, each talking to some of the next level. */
export const largePlant = (): ReportInput => {
  const devices = kindsByLevel.flatMap(([level, kinds, count], row) =>
    Array.from({ length: count }, (_, at): Device => {
      const kind = kinds[at % kinds.length] ?? 'other'
      return deviceOf({
        id: `${kind}-${row}-${at + 1}`,
        ips: [`198.18.${row * 10 + (at % 3)}.${at + 1}`],
        macs: [`00:1b:1b:${row.toString(16).padStart(2, '0')}:00:${at.toString(16).padStart(2, '0')}`],
        kind: concluded<Kind>(kind),
        level: concluded(level),
        vendor: concluded('Siemens AG'),
      })
    }),
  )
  const found: Conversation[] = []
  for (const [at, client] of devices.entries())
    for (const step of [7, 31]) {
      const server = devices[(at + step * 5) % devices.length]
      if (server === undefined || server.level.value >= client.level.value) continue
      const risk = at % 9 === 0 ? 'write' : at % 31 === 0 ? 'program' : 'read'
      found.push(
        conversationOf({
          id: `f${found.length + 1}`,
          client: client.ips[0]!,
          server: server.ips[0]!,
          packets: [at * 40 + 10, at * 30 + 9],
          commands: [commandOf({ id: `c${found.length + 1}`, op: `${risk}-registers`, risk })],
        }),
      )
    }
  return inputOf(observedOf({ conversations: found }), inventoryFrom(devices), [])
}
