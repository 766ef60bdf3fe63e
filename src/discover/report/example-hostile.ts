/** A plant for tests of a report whose every name was chosen by an attacker. */
import { concluded, inventoryFrom, signOf } from '../assess/example.ts'
import type { Observed } from '../model.ts'
import { inputOf, simulation, smallPlant } from './example.ts'
import type { ReportInput } from './input.ts'

/** Every text that comes from the wire is an attack on the page. */
export const hostile = `"><script>alert(1)</script><img src=http://203.0.113.1/x onerror=alert(2)>\u202E\u0000\u001B[31m'`

export const hostilePlant = (): ReportInput => {
  const small = smallPlant()
  const evil = concluded(hostile)
  const devices = small.inventory.devices.map((device, at) =>
    at > 2
      ? device
      : {
          ...device,
          id: `${hostile}${at}`,
          hostnames: [hostile],
          vendor: evil,
          model: evil,
          firmware: evil,
          serial: evil,
          told: { vlan: 0, address: '', owner: hostile, name: hostile, zone: hostile },
        },
  )
  const observed: Observed = {
    ...small.observed,
    captures: small.observed.captures.map((capture) => ({ ...capture, name: hostile, skipped: [{ why: hostile }] })),
    conversations: small.observed.conversations.map((conversation) => ({
      ...conversation,
      protocol: hostile,
      faults: { [hostile]: 3 },
      commands: conversation.commands.map((command) => ({ ...command, op: hostile, texts: { [hostile]: [hostile] } })),
    })),
    limits: [hostile],
  }
  return {
    ...inputOf(observed, inventoryFrom(devices), [signOf({ text: hostile, techniques: [hostile] })], { site: hostile }),
    policy: {
      text: `# ${hostile}\n${hostile}: ${hostile}\n`,
      file: hostile,
      decisions: [hostile],
      excluded: [hostile],
    },
    simulation: {
      ...simulation,
      blind: [hostile],
      zones: [{ zone: hostile, packets: 1, conversations: 1, commands: 1 }],
    },
  }
}
