/** Command lines of the plant's devices. */
import { parseArgs } from 'node:util'
import { Fault } from '#core/errors.ts'

/** A setting with its default; its type is that of the default. Required when the default is undefined. */
type Settings = Readonly<Record<string, string | number | undefined>>
type Values<S extends Settings> = { readonly [K in keyof S]: S[K] extends number ? number : string }

/**
 * Reads `--name value` pairs.
 * @throws Fault `usage` for an unknown name, a missing value or something that is no number where one is needed
 */
export const readArguments = <S extends Settings>(
  settings: S,
  args: readonly string[] = process.argv.slice(2),
): Values<S> => {
  const options = Object.fromEntries(Object.keys(settings).map((name) => [name, { type: 'string' as const }]))
  const { values } = parse(args, options)
  const read = Object.entries(settings).map(([name, byDefault]) => {
    const given = values[name] ?? byDefault
    if (given === undefined) throw new Fault('usage', `--${name} is missing.`)
    if (typeof byDefault !== 'number') return [name, given]
    const number = Number(given)
    if (given === '' || !Number.isFinite(number)) throw new Fault('usage', `--${name} ${given}: not a number.`)
    return [name, number]
  })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- fromEntries forgets the names it was given
  return Object.fromEntries(read) as Values<S>
}

const parse = (args: readonly string[], options: Record<string, { type: 'string' }>) => {
  try {
    return parseArgs({ args: [...args], options, strict: true })
  } catch (error) {
    throw new Fault('usage', error instanceof Error ? error.message : String(error))
  }
}

/** Runs a device's main function; a person's mistake is one sentence on standard error and an exit code. */
export const runDevice = async (main: () => void | Promise<void>): Promise<void> => {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    process.stderr.write(`${error.message}\n${error.advice}\n`)
    process.exit(error.exit)
  }
}

/** One JSON object per line; a device's whole output. */
export const print = (row: Readonly<Record<string, unknown>>): void => {
  process.stdout.write(`${JSON.stringify(row)}\n`)
}

/** Calls `stop` at the first SIGTERM or SIGINT; the process ends when nothing is left to do, or by `limitMs`. */
export const onStop = (stop: () => void, limitMs = 5000): void => {
  let stopping = false
  const once = () => {
    if (stopping) return
    stopping = true
    setTimeout(() => process.exit(0), limitMs).unref()
    stop()
  }
  process.on('SIGTERM', once)
  process.on('SIGINT', once)
}
