// The problems that the machinery itself answers with, whatever the service. Their codes are as stable as any service's.

import { problems } from '../pure/problem.ts'

export const kernelProblems = problems('kernel', {
  invalid_input: [400, 'Invalid input', 'Correct the fields named in `errors` and send it again.'],
  malformed_json: [400, 'Malformed JSON', 'Send one well-formed JSON document in UTF-8.'],
  malformed_request: [400, 'Malformed request', 'Send a well-formed HTTP/1.1 request.'],
  idempotency_key_invalid: [
    400,
    'Idempotency key not usable',
    'Send 1 to 255 printable ASCII characters in Idempotency-Key, such as a UUID.',
  ],
  unauthenticated: [401, 'Not signed in', 'Sign in and send the access token as a Bearer token.'],
  forbidden: [403, 'Not allowed', 'Use an account that may do this, or ask its owner.'],
  not_found: [404, 'No such address', 'Check the path against the API documentation.'],
  method_not_allowed: [405, 'Method not allowed here', 'Use one of the methods listed in Allow.'],
  request_timeout: [408, 'The request took too long to arrive', 'Send the request again.'],
  idempotency_in_progress: [
    409,
    'The same request is still being worked on',
    'Send it again with the same Idempotency-Key after the seconds in Retry-After.',
    'checking',
  ],
  payload_too_large: [413, 'Request body too large', 'Send a smaller body.'],
  unsupported_media_type: [415, 'Content type not supported', 'Send the body as application/json.'],
  idempotency_key_reused: [
    422,
    'Idempotency key already used for another request',
    'Make a new Idempotency-Key for every new request; repeat a request with exactly the same body.',
  ],
  rate_limited: [429, 'Too many requests', 'Wait the seconds in Retry-After, then try again.'],
  headers_too_large: [431, 'Request headers too large', 'Send fewer or shorter headers.'],
  internal: [
    500,
    'Something went wrong on our side',
    'Tell support the trace id; a request with an Idempotency-Key gets this same answer again.',
  ],
  unavailable: [
    503,
    'Not available for a moment',
    'Try again after the seconds in Retry-After. It is safe to repeat with the same Idempotency-Key.',
  ],
})
