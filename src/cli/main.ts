import { shortenImports } from '#schema/imports.ts'
import { report, run } from './run.ts'

const argv = process.argv.slice(2)

// A reader that went away (`bulkhead edge events | head`) is the ordinary end of a command.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })

const give = (error: unknown): never => process.exit(report(error, argv))
process.on('uncaughtException', give)
process.on('unhandledRejection', give)

shortenImports()
process.exitCode = await run(argv)
