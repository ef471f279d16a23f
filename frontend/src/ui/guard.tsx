/** What throws inside says so in its place and takes nothing else with it. */
import { Component } from 'preact';
import type { ComponentChildren } from 'preact';

interface Props {
  readonly what: string;
  readonly children: ComponentChildren;
}

export class Guard extends Component<Props, { reason: string | null }> {
  override state = { reason: null };

  static override getDerivedStateFromError(error: unknown): { reason: string } {
    return { reason: error instanceof Error ? error.message : String(error) };
  }

  override render(): ComponentChildren {
    if (this.state.reason === null) return this.props.children;
    return (
      <div role="alert">
        <span>
          {this.props.what} failed: {this.state.reason}
        </span>
        <button class="button" onClick={() => this.setState({ reason: null })}>
          Try again
        </button>
      </div>
    );
  }
}
