/** What answers at the ports of personas, by service. Apart from the personas, so that only the decoy host loads it. */
import type { Personality } from '#core/personality.ts'
import { ftp } from './ftp/personality.ts'
import { http } from './http/personality.ts'
import { rdp } from './rdp/personality.ts'
import { smb } from './smb/personality.ts'
import { telnet } from './telnet/personality.ts'
import { vnc } from './vnc/personality.ts'

export const personalities: Readonly<Record<string, Personality>> = Object.fromEntries(
  (
    [
      // One line each.
      http,
      ftp,
      telnet,
      vnc,
      rdp,
      smb,
    ] as readonly Personality[]
  ).map((personality) => [personality.service, personality]),
)
