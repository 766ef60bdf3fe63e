/** Everything that the link server knows; whatever is not here is refused. */
export const linkPaths = [
  {
    method: 'POST',
    path: '/link/v1/enrol',
    /** What the caller must prove. */
    proof: 'token',
    summary: 'A token and a proof of the device key, for the first certificate.',
  },
  {
    method: 'POST',
    path: '/link/v1/renew',
    proof: 'device-key',
    summary: 'A signature of the recorded device key, for a certificate in place of one that has ended.',
  },
  {
    method: 'GET',
    path: '/link/v1/stream',
    proof: 'certificate',
    summary: 'The link itself: a WebSocket, for who shows the certificate of an edge.',
  },
] as const
