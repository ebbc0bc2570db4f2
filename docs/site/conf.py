# SPDX-License-Identifier: Apache-2.0
"""conf - how Sphinx makes the HTML site: its pages are the Markdown files, where they are."""
import os

from sphinx.util.nodes import make_refnode

project = 'nio-vsock'
html_title = 'nio-vsock'
root_doc = 'README'
extensions = ['myst_parser']
# The navigation, in this order. A page is listed by its heading, or by the name before it.
NAVIGATION = {
    'Using it': [
        'docs/porting', 'docs/tool', 'docs/monitoring', 'docs/troubleshooting', 'docs/recipes', 'docs/testing',
        'docs/transports', 'docs/performance',
        'Examples <examples/README>', 'CHANGELOG', 'SECURITY',
    ],
    'Working on it': [
        'docs/how-it-works', 'CONTRIBUTING', 'The machine of the tests <testvm/README>',
        'Unmodified applications <applications/README>', 'Tests with jtreg <jtreg-tests/README>',
        "Other people's suites <conformance/README>", "The JDK's own tests <jdk-tests/README>",
        'Races by jcstress <jcstress/README>', 'Fuzzing <fuzz/README>',
        'Speed, on this machine <bench/results/bare>', 'Speed, in a virtual machine <bench/results/vm>',
        'The campaign <bench/results/soak>',
        'docs/releasing',
    ],
}
include_patterns = ['*.md', 'docs/*.md', '*/README.md', 'bench/results/*.md']
exclude_patterns = ['target']

# The anchors of headings are those that a forge gives them.
myst_heading_anchors = 4
# A block of code without a language is text, or a terminal.
highlight_language = 'text'

html_theme = 'furo'
html_static_path = ['static']
html_css_files = ['site.css']
html_extra_path = ['index.html']
templates_path = ['templates']
html_sidebars = {'**': [
    'sidebar/scroll-start.html', 'sidebar/brand.html', 'sidebar/search.html', 'sidebar/navigation.html',
    'javadoc.html', 'sidebar/scroll-end.html',
]}
html_copy_source = False
html_use_index = False
html_show_copyright = False


def setup(app):
    app.connect('source-read', add_navigation)
    app.connect('missing-reference', link_to_folder)


def add_navigation(app, page, source):
    """Sphinx reads the navigation from the first page, where a forge would show it as code."""
    if page == root_doc:
        for caption, pages in NAVIGATION.items():
            source[0] += '\n```{toctree}\n:hidden:\n:caption: %s\n%s\n```\n' % (caption, '\n'.join(pages))


def link_to_folder(app, env, reference, text):
    """Resolves a link to a folder: like a forge, to the README in it."""
    folder = os.path.join(os.path.dirname(reference['refdoc']), reference['reftarget'])
    page = os.path.normpath(os.path.join(folder, 'README'))
    return make_refnode(app.builder, reference['refdoc'], page, '', text) if page in env.found_docs else None
