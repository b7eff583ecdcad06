/** `/`: what this is, and the two ways in. */

import { text } from "@/lib/text/catalogue";
import { SiteFrame } from "@/lib/ui/site-frame";

export default function LandingPage() {
  const { site } = text;
  return (
    <SiteFrame wide>
      <section className="hero">
        <h1>{site.tagline}</h1>
        <p className="lead">{site.landing.lead}</p>
        <p className="actions">
          <a className="button button-primary button-large" href="/register">
            {site.createAccount}
          </a>
          <a className="button button-large" href="/login">
            {site.signIn}
          </a>
        </p>
      </section>
      <ul className="points">
        {site.landing.points.map(({ title, body }) => (
          <li key={title}>
            <h2>{title}</h2>
            <p>{body}</p>
          </li>
        ))}
      </ul>
      <p>
        <a href="/about">{site.landing.limits}</a>
      </p>
    </SiteFrame>
  );
}
