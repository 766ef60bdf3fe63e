import { shortenImports } from '../schema/imports.ts'

// Before anything of what follows is looked for: an import at the top would have been by now.
shortenImports()
const [{ readerLost }, { report, run }, { hideSecrets }] = await Promise.all([
  import('./output.ts'),
  import('./run.ts'),
  import('./failure.ts'),
])

const argv = process.argv.slice(2)
hideSecrets(argv)

for (const stream of [process.stdout, process.stderr]) stream.on('error', readerLost)

const give = (error: unknown): never => process.exit(report(error, argv))
process.on('uncaughtException', give)
process.on('unhandledRejection', give)

process.exitCode = await run(argv)
