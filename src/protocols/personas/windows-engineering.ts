/** A workstation for engineering, in the long-term release of Windows that vendors of controllers certify. */
import { definePersona } from '#core/persona.ts'
import type { RdpProfile } from '../rdp/profile.ts'
import type { SmbProfile } from '../smb/profile.ts'

const build = 17_763

const smb: SmbProfile = {
  build,
  os: `Windows 10 Enterprise LTSC 2019 ${build}`,
  lanManager: 'Windows 10 Enterprise LTSC 2019 6.3',
  workgroup: 'WORKGROUP',
  // Old panels store their recipes on such a station.
  smb1: true,
}
/** RDP 10.6, as of Windows 10 1809. */
const rdp: RdpProfile = { version: 0x0008_000b, build }

export const windowsEngineering = definePersona({
  id: 'windows-engineering',
  title: 'Windows engineering station',
  vendor: 'Microsoft',
  model: 'Windows 10 Enterprise LTSC 2019',
  firmware: `10.0.${build}`,
  kind: 'engineering',
  // Dell's: the computers of this kind.
  ouis: ['8c:ec:4b', 'd8:9e:f3', 'f8:b1:56'],
  // nmap-os-db, "Microsoft Windows 10 1703": TG=80, W1=FFFF, O1 with NW8 and ST11 (SACK, timestamps where they are asked for).
  ttl: 128,
  window: 65_535,
  timestamps: true,
  windowScaling: true,
  sack: true,
  numbersPackets: true,
  serial: '%%%%%%%',
  name: 'ENG-WS-#####',
  services: [
    { service: 'smb', transport: 'tcp', port: 445, profile: smb },
    { service: 'rdp', transport: 'tcp', port: 3389, profile: rdp },
  ],
})
