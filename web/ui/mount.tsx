import { Component, type ReactNode, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ErrorPanel } from './parts/error-panel.tsx'

/** A fault of the page itself is told like any other failure, instead of a white page. */
class Boundary extends Component<{ readonly children: ReactNode }, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {}

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (!('error' in this.state)) return this.props.children
    return (
      <main>
        <ErrorPanel error={this.state.error} onRetry={() => location.reload()} />
      </main>
    )
  }
}

export function mountPage(page: ReactNode): void {
  const place = document.getElementById('root')
  if (place === null) throw new Error('the page has no place to be drawn in')
  createRoot(place).render(
    <StrictMode>
      <Boundary>{page}</Boundary>
    </StrictMode>,
  )
}
