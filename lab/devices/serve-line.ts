import type { Socket } from 'node:net'
import { onStop, readArguments, runDevice } from './arguments.ts'
import { Line } from './line.ts'
import { serve } from './stream.ts'

/**
 * Runs a controller that speaks its protocol over TCP, until it is told to stop.
 * @param usual its port, unless the command line names another
 * @param controller gives what serves one connection to the line
 */
export const serveLine = (usual: number, controller: (line: Line) => (socket: Socket) => void): Promise<void> =>
  runDevice(() => {
    const { host, port } = readArguments({ host: undefined, port: usual })
    const line = new Line()
    const server = serve(host, port, controller(line))
    onStop(() => {
      line.close()
      server.close()
    }, 200)
  })
