/** The receivers of events that an operator names: addresses on the command line, and a file for what needs more words. */
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import * as z from 'zod'
import { Fault } from '#core/errors.ts'
import type * as Secrets from '#core/secrets.ts'
import { readAtMost } from '#policy/read-at-most.ts'
import { readYaml } from '#policy/yaml/read.ts'
import { SinkConfig } from './config.ts'

const see = 'See docs/events.md, "Sinks".'

/** What is wrong in a list or with one entry of it, as lines for a person. */
const lines = (error: z.ZodError, place: (path: readonly PropertyKey[]) => string): string[] =>
  error.issues.map(({ path, message }) => `${place(path)}: ${message}`)

const require = createRequire(import.meta.url)
const hidden = (url: string): string => {
  const { withoutSecrets }: typeof Secrets = require('#core/secrets.ts')
  return withoutSecrets(url)
}

const fromUrl = (url: string): SinkConfig => {
  const parsed = SinkConfig.safeParse({ url })
  if (parsed.success) return parsed.data
  // The journal keeps what a daemon says, and a password is one of the things that are refused here.
  const shown = hidden(url)
  throw new Fault('usage', `"${shown}" is no receiver of events.`, {
    details: lines(parsed.error, () => shown),
    advice: see,
  })
}

/** bytes */
const longest = 1 << 20

const textOf = (file: string): string => {
  try {
    const bytes = readAtMost(file, longest)
    if (bytes !== undefined) return bytes.toString('utf8')
  } catch (error) {
    throw new Fault('file-unreadable', `The list of receivers ${file} cannot be read.`, { cause: error })
  }
  throw new Fault('file-unreadable', `The list of receivers ${file} is longer than ${longest >> 20} MB.`)
}

/** Files named in a list are found beside it. */
const beside = (file: string, config: SinkConfig): SinkConfig => {
  const place = (path: string | undefined) => (path === undefined ? undefined : resolve(dirname(file), path))
  const [ca, cert, key] = [place(config.ca), place(config.cert), place(config.key)]
  return { ...config, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

const fromFile = (file: string): SinkConfig[] => {
  const { value, faults } = readYaml(textOf(file))
  const parsed = z.array(SinkConfig).safeParse(value)
  if (faults.length === 0 && parsed.success) return parsed.data.map((config) => beside(file, config))
  throw new Fault('usage', `${file} is not a list of receivers of events.`, {
    details: [
      ...faults.map(({ message }) => message),
      ...(parsed.success ? [] : lines(parsed.error, (path) => path.join('.') || 'the document')),
    ],
    advice: see,
  })
}

/**
 * @param urls as given with `--sink`
 * @param file YAML list of {@link SinkConfig}, as given with `--sinks`
 * @throws Fault `usage`, `file-unreadable`
 */
export const readSinks = (urls: readonly string[], file?: string): readonly SinkConfig[] => [
  ...urls.map(fromUrl),
  ...(file === undefined ? [] : fromFile(file)),
]
