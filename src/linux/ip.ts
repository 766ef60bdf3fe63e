import { execFile } from 'node:child_process'
import { Fault, exhaustionOf } from '#core/errors.ts'

/** What the `ip` command said when it failed, for callers that know what the failure means. */
export class IpError extends Error {
  readonly args: readonly string[]

  constructor(args: readonly string[], message: string) {
    super(message)
    this.name = 'IpError'
    this.args = args
  }
}

interface Where {
  readonly namespace?: string | undefined
}

/** @param told the command as errors name it, `input` what it reads */
const run = (args: readonly string[], { namespace }: Where, told?: Told, input?: string): Promise<string> => {
  const place = namespace === undefined ? [] : ['-n', namespace]
  return new Promise((resolve, reject) => {
    const child = execFile('ip', [...place, ...args], { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout)
      if (error.code === 'ENOENT')
        return reject(new Fault('library-missing', 'The command `ip` (iproute2) is not installed.'))
      const exhausted = exhaustionOf(error)
      if (exhausted !== undefined) return reject(exhausted)
      const said = stderr
        .replace(batchEnd, '')
        .trim()
        .replace(/^RTNETLINK answers: /, '')
      const words = [...place, ...(told?.(stderr) ?? args)]
      if (/Operation not permitted|Permission denied/.test(said))
        return reject(new Fault('privileges-missing', `\`ip ${words.join(' ')}\` was refused: ${said}`))
      reject(new IpError(words, `\`ip ${words.join(' ')}\`: ${said || error.message}`))
    })
    if (input === undefined) return
    // It may end before it has read everything; its exit code tells.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

/** The words of the command that failed, by what was said. */
type Told = (said: string) => readonly string[] | undefined
const batchEnd = /^Command failed -:(\d+)\s*$/m

/**
 * Runs `ip` with an argument array and returns what it printed.
 * @throws Fault `library-missing` without iproute2, `resources-exhausted`, `privileges-missing` when the kernel refuses, {@link IpError} otherwise
 */
export const runIp = (args: readonly string[], options: Where = {}): Promise<string> => run(args, options)

/**
 * Runs commands in order in one process, up to the first that fails: starting one for each is what takes the time.
 * @throws as {@link runIp}, with the command that failed
 */
export const runIpAll = async (commands: readonly (readonly string[])[], options: Where = {}): Promise<void> => {
  const wrong = commands.flat().find((word) => !/^[^\s"'#\\]+$/.test(word))
  if (wrong !== undefined) throw new Fault('interface-refused', `\`ip\` cannot be told of ${JSON.stringify(wrong)}.`)
  const text = commands.map((words) => `${words.join(' ')}\n`).join('')
  await run(['-batch', '-'], options, (said) => commands[Number(batchEnd.exec(said)?.[1]) - 1], text)
}

/** One row of `ip -d -j address`, the fields that are used. */
export interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly operstate: string
  readonly address?: string
  readonly master?: string
  readonly link_type?: string
  readonly linkinfo?: {
    readonly info_kind?: string
    readonly info_data?: Readonly<Record<string, unknown>>
    readonly info_slave_kind?: string
    readonly info_slave_data?: Readonly<Record<string, unknown>>
  }
  readonly addr_info?: readonly { readonly local: string; readonly prefixlen: number; readonly scope: string }[]
}

/** All links of a namespace with their details and addresses. */
export const ipLinks = async (options: Where = {}): Promise<readonly IpLink[]> => {
  const rows: unknown = JSON.parse(await runIp(['-d', '-j', 'address', 'show'], options))
  return Array.isArray(rows) ? rows : []
}
