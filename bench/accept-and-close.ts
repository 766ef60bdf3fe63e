/** The floor of what takes connections: a server that accepts and closes each. It is given its listening sockets as descriptors from 3 on. */
import { createServer } from 'node:net'

for (let fd = 3; fd < 3 + Number(process.argv[2]); fd++) createServer((socket) => void socket.destroy()).listen({ fd })
process.stdout.write('ready\n')
