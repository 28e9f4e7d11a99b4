//! The accessibility checker, put into the page by the driver.

use crate::browser::Window;
use serde_json::Value;
use std::path::PathBuf;
use std::sync::LazyLock;

static AXE: LazyLock<String> = LazyLock::new(|| {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var_os("AXE_CORE")
        .map_or_else(|| here.join("tests/npm/node_modules/axe-core/axe.min.js"), PathBuf::from);
    std::fs::read_to_string(&path)
        .unwrap_or_else(|_| panic!("{} is missing: run bin/npm-programs", path.display()))
});

const RUN: &str = "const done = arguments[arguments.length - 1];
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
      .then((found) => done(found.violations.map((v) =>
        v.id + ' (' + v.impact + '): ' + v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join(' | '))));";

/// What is wrong with the page that is open; nothing, one hopes.
pub async fn violations(window: &Window) -> Vec<String> {
    window.client.execute(&AXE, Vec::new()).await.expect("axe loads");
    let found = window.client.execute_async(RUN, Vec::new()).await.expect("axe runs");
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Sideways scroll, if any, and controls that are too small for a thumb (24 CSS px).
pub async fn squeezed(window: &Window) -> Vec<String> {
    let script = "const wrong = [];
        const root = document.documentElement;
        if (root.scrollWidth > root.clientWidth) wrong.push('scrolls sideways: ' + root.scrollWidth);
        for (const e of document.querySelectorAll('a, button, input:not([type=hidden]), select, summary')) {
          const box = e.getBoundingClientRect();
          const inline = e.matches('p a, dd a, li a') && getComputedStyle(e).display === 'inline';
          if (e.matches('.skip') || box.width === 0 || inline) continue;
          if (box.height < 23.5 || box.width < 23.5) wrong.push('small: ' + e.outerHTML.slice(0, 90) + ' ' + box.width + 'x' + box.height);
        }
        return wrong;";
    let found = window.ask(script).await;
    found.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
