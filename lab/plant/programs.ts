/** Programs that the plant is made of and attacked with, and where they come from. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { Fault } from '#core/errors.ts'

const packages = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
  ip: 'iproute2',
  nft: 'nftables',
  nmap: 'nmap',
  nping: 'nmap',
  hping3: 'hping3',
} as const
export type Program = keyof typeof packages

const isHere = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/**
 * Makes sure that all are installed.
 * @throws Fault `library-missing` that names every missing one and the command that brings them
 */
export const needPrograms = (programs: readonly Program[]): void => {
  const missing = programs.filter((program) => !isHere(program))
  if (missing.length === 0) return
  const bring = [...new Set(missing.map((program) => packages[program]))].join(' ')
  throw new Fault(
    'library-missing',
    `The plant needs ${missing.join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not installed.`,
    {
      advice: `Install: ${process.getuid?.() === 0 ? '' : 'sudo '}apt-get install ${bring}`,
    },
  )
}
const isProgram = (name: string): name is Program => Object.hasOwn(packages, name)
export const allPrograms: readonly Program[] = Object.keys(packages).filter(isProgram)
