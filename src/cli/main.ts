import { shortenImports } from '#schema/imports.ts'
import { readerLost } from './output.ts'
import { report, run } from './run.ts'

const argv = process.argv.slice(2)

for (const stream of [process.stdout, process.stderr]) stream.on('error', readerLost)

const give = (error: unknown): never => process.exit(report(error, argv))
process.on('uncaughtException', give)
process.on('unhandledRejection', give)

shortenImports()
process.exitCode = await run(argv)
