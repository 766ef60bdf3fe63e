/** An outstation of a substation: SEL-2411 Programmable Automation Controller. */
import { definePersona } from '#core/persona.ts'
import type { Dnp3Profile } from '../dnp3/personality-profile.ts'
import type { TelnetProfile } from '../telnet/profile.ts'

const outstation: Dnp3Profile = {
  address: 10,
  // Variations of group 0 (IEEE Std 1815-2012, A.1): sizes of fragments, versions, names, serial, product and manufacturer.
  attributes: {
    240: 2048,
    241: 2048,
    242: '{firmware}',
    245: '',
    246: '',
    247: '{name}',
    248: '{serial}',
    249: '2:2009',
    250: '{model}',
    252: '{vendor}',
  },
  binaryInputs: Array.from({ length: 24 }, (_, point) => ({ point })),
  binaryOutputs: 16,
  counters: [
    { point: 3, max: 100_000 },
    { point: 12, max: 50_000 },
    { point: 13, max: 50_000 },
    { point: 14, max: 50_000 },
  ],
  analogInputs: [
    { point: 0, max: 10_000 },
    { point: 1, max: 4000 },
    { point: 2, max: 1200 },
    ...Array.from({ length: 9 }, (_, index) => ({ point: 4 + index, max: 20_000 })),
  ],
  analogOutputs: 4,
  variations: { counters: 1, analogs: 1 },
  controls: 'remembered',
}

/** At the prompt one types the name of an access level, ACC or 2AC, and then its password. */
const terminal: TelnetProfile = {
  banner: '\r\n{name}\r\nSTATION A\r\n',
  loginPrompt: '\r\n=',
  asksUser: true,
  passwordPrompt: 'Password: ? ',
  refusal: '\r\nInvalid Password\r\n',
}

export const dnp3Rtu = definePersona({
  id: 'dnp3-rtu',
  title: 'SEL-2411 Programmable Automation Controller',
  vendor: 'Schweitzer Engineering Laboratories',
  model: 'SEL-2411',
  firmware: 'SEL-2411-R118-V0-Z005003-D20140805',
  kind: 'rtu',
  ouis: ['00:30:a7'],
  // TTL as nmap-os-db has it for this vendor's SEL-2701 Ethernet processor; its window is not published, and is one small devices use.
  ttl: 64,
  window: 2048,
  timestamps: false,
  windowScaling: false,
  sack: false,
  mss: 1460,
  numbersPackets: true,
  allowsFragments: true,
  serial: '1########',
  name: 'SEL2411-####',
  services: [
    { service: 'dnp3', transport: 'tcp', port: 20_000, profile: outstation },
    { service: 'dnp3', transport: 'udp', port: 20_000, profile: outstation },
    { service: 'telnet', transport: 'tcp', port: 23, profile: terminal },
  ],
})
