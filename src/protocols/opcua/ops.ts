import { defineVocabulary } from '#core/protocol.ts'

const channel = ['security-policy', 'security-mode']
const nodes = ['nodes', 'namespaces']
const attributes = [...nodes, 'attributes']
/** Strings and opaque identifiers (OPC 10000-3, 8.2.4): `Level` and `LEVEL` are two nodes. */
const cased = /(?:^|;)[sb]=/

export const opcua = defineVocabulary({
  name: 'opcua',
  title: 'OPC UA (binary over TCP)',
  source: 'OPC 10000-4 (services), OPC 10000-6 (mappings); codes: the numeric identifiers of the binary encodings',
  ports: [{ transport: 'tcp', port: 4840 }],
  ops: {
    hello: { code: 'HEL', risk: 'session', summary: 'Open the connection', constraints: ['endpoints'] },
    'reverse-hello': { code: 'RHE', risk: 'session', summary: 'The server asks to be connected', from: 'server' },
    'open-secure-channel': { code: 'OPN 446', risk: 'session', summary: 'Open a secure channel', constraints: channel },
    'close-secure-channel': {
      code: 'CLO 452',
      risk: 'session',
      summary: 'Close a secure channel',
      constraints: channel,
    },
    opaque: {
      code: 'MSG encrypted',
      risk: 'program',
      summary: 'Encrypted: any service. Endpoint, security policy and mode are enforced instead',
      constraints: [...channel, 'endpoints'],
      from: 'either',
    },

    'find-servers': { code: '422', risk: 'discover', summary: 'Ask for servers' },
    'find-servers-on-network': { code: '12208', risk: 'discover', summary: 'Ask for servers on the network' },
    'get-endpoints': { code: '428', risk: 'discover', summary: 'Ask for endpoints', constraints: ['endpoints'] },
    'register-server': { code: '437', risk: 'control', summary: 'Register a server with a directory' },
    'register-server2': { code: '12211', risk: 'control', summary: 'Register a server with a directory' },

    'create-session': {
      code: '461',
      risk: 'session',
      summary: 'Open a session',
      constraints: [...channel, 'endpoints'],
    },
    'activate-session': {
      code: '467',
      risk: 'session',
      summary: 'Log in',
      constraints: [...channel, 'user-token'],
    },
    'close-session': { code: '473', risk: 'session', summary: 'Close a session' },
    cancel: { code: '479', risk: 'session', summary: 'Cancel a request' },

    'add-nodes': { code: '488', risk: 'program', summary: 'Add nodes', constraints: nodes },
    'add-references': { code: '494', risk: 'program', summary: 'Add references', constraints: nodes },
    'delete-nodes': { code: '500', risk: 'program', summary: 'Delete nodes', constraints: nodes },
    'delete-references': { code: '506', risk: 'program', summary: 'Delete references', constraints: nodes },

    browse: { code: '527', risk: 'discover', summary: 'Browse nodes', constraints: nodes },
    'browse-next': { code: '533', risk: 'discover', summary: 'Continue to browse' },
    'translate-browse-paths': { code: '554', risk: 'discover', summary: 'Look up nodes by path', constraints: nodes },
    // Only aliases for later requests of the same session, which are judged themselves.
    'register-nodes': { code: '560', risk: 'session', summary: 'Prepare nodes for fast access', constraints: nodes },
    'unregister-nodes': { code: '566', risk: 'session', summary: 'Undo that', constraints: nodes },
    'query-first': { code: '615', risk: 'discover', summary: 'Query nodes' },
    'query-next': { code: '621', risk: 'discover', summary: 'Continue a query' },

    read: { code: '631', risk: 'read', summary: 'Read attributes, e.g. values', constraints: attributes },
    'history-read': { code: '664', risk: 'read', summary: 'Read history', constraints: nodes },
    write: {
      code: '673',
      risk: 'write',
      summary: 'Write attributes, e.g. values',
      constraints: [...attributes, 'values'],
    },
    'history-update': { code: '700', risk: 'write', summary: 'Insert, replace or delete history', constraints: nodes },
    call: { code: '712', risk: 'control', summary: 'Call methods', constraints: [...nodes, 'methods'] },

    'create-monitored-items': { code: '751', risk: 'read', summary: 'Watch attributes', constraints: attributes },
    'modify-monitored-items': { code: '763', risk: 'read', summary: 'Change how items are watched' },
    'set-monitoring-mode': { code: '769', risk: 'read', summary: 'Switch watching on or off' },
    'set-triggering': { code: '775', risk: 'read', summary: 'Link items to a trigger' },
    'delete-monitored-items': { code: '781', risk: 'read', summary: 'Stop watching' },
    'create-subscription': { code: '787', risk: 'read', summary: 'Create a subscription' },
    'modify-subscription': { code: '793', risk: 'read', summary: 'Change a subscription' },
    'set-publishing-mode': { code: '799', risk: 'read', summary: 'Switch publishing on or off' },
    publish: { code: '826', risk: 'read', summary: 'Ask for what a subscription collected' },
    republish: { code: '832', risk: 'read', summary: 'Ask for it again' },
    'transfer-subscriptions': { code: '841', risk: 'read', summary: 'Take over subscriptions of another session' },
    'delete-subscriptions': { code: '847', risk: 'read', summary: 'Delete subscriptions' },
    unlisted: {
      code: 'any other',
      risk: 'program',
      summary: 'A service not listed here',
      constraints: ['identifier'],
    },
  },
  constraints: {
    nodes: {
      kind: 'names',
      one: 'node',
      cased,
      summary:
        'Node identifiers, e.g. ns=2;s=Line1.Level, or i=2258 in namespace 0; * at the end: the rest; upper and lower case matter',
    },
    namespaces: { kind: 'ranges', one: 'namespace', min: 0, max: 65535, summary: 'Namespace indexes' },
    attributes: { kind: 'ranges', one: 'attribute', min: 1, max: 27, summary: 'Attributes; 13: value' },
    values: {
      kind: 'ranges',
      one: 'value',
      min: -2_147_483_648,
      max: 4_294_967_295,
      summary: 'Values written; floating point is compared as a number',
    },
    methods: {
      kind: 'names',
      one: 'method',
      cased,
      summary: 'Node identifiers of methods; upper and lower case matter',
    },
    endpoints: {
      kind: 'names',
      one: 'endpoint',
      of: 'connection',
      summary: 'Endpoint addresses, e.g. opc.tcp://198.18.1.10:4840/line',
    },
    // Names end the policy's URI (http://opcfoundation.org/UA/SecurityPolicy#…); later editions of OPC 10000-7 add more.
    'security-policy': {
      kind: 'names',
      of: 'connection',
      summary: 'None, Basic256Sha256, Aes128_Sha256_RsaOaep, Aes256_Sha256_RsaPss, …',
    },
    'security-mode': {
      kind: 'names',
      values: ['None', 'Sign', 'SignAndEncrypt'],
      of: 'connection',
      summary: 'Whether messages are signed or also encrypted',
    },
    'user-token': {
      kind: 'names',
      values: ['anonymous', 'username', 'certificate', 'issued-token'],
      summary: 'How the user logs in',
    },
    identifier: { kind: 'ranges', min: 0, max: 4_294_967_295, summary: 'Numeric identifiers of services' },
  },
  companions: [
    {
      id: 'opcua-reverse-connect',
      summary: 'The server opens the connection to its client (OPC 10000-6, 7.1.3)',
      transport: 'tcp',
      from: 'server',
      port: 4840,
      reversed: true,
    },
  ],
  broadcast: [
    { id: 'opcua-discovery', summary: 'OPC UA: find servers by mDNS', match: { transport: 'udp', port: 5353 } },
    { id: 'opcua-pubsub', summary: 'OPC UA PubSub over UDP', match: { transport: 'udp', port: 4840 } },
  ],
  refusal: 'native',
  // Signed messages cannot be altered, and most servers close the channel on a service they cannot decode.
  neutralisable: false,
  blind: 'SignAndEncrypt is encrypted: its commands cannot be seen, only endpoint, security policy and mode.',
})
