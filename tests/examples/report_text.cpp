// SPDX-License-Identifier: MIT
// Numbers and names as text.
#include "report_text.hpp"

#include "report_svg.hpp"
#include "support/catch.hpp"

using namespace digits;

TEST_CASE("counts in groups, and bytes") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(1334168) == "1,334,168");
    CHECK(bytes_text(500) == "500 B");
    CHECK(bytes_text(50e3) == "50 kB");
    CHECK(bytes_text(2.5e6) == "2.5 MB");
}

TEST_CASE("a minus is a minus, and zero has none") {
    CHECK(signed_text(0.126, 2) == "0.13");
    CHECK(signed_text(-0.126, 2) == "\u22120.13");
    CHECK(signed_text(-0.001, 2) == "0.00");
}

TEST_CASE("powers of ten") {
    CHECK(scientific(0.00035) == "3.5\u00d710\u207b\u2074");
    CHECK(scientific(1.47) == "1.5");
    CHECK(scientific(2e12) == "2.0\u00d710\u00b9\u00b2");
    CHECK(scientific(0) == "0");
    CHECK(power_text(1e-6) == "10\u207b\u2076");
    CHECK(power_text(2e-6) == "2.0\u00d710\u207b\u2076");
    CHECK(power_text(1) == "1");
}

TEST_CASE("text does not become markup") {
    CHECK(escape("a<b> & \"c\" 'd'") == "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
    drawing d(10, 10);
    d.text(1, 2, "<x>", "label");
    const std::string svg = d.finish("\"q\"", "wide");
    CHECK(svg.find(">&lt;x&gt;</text>") != std::string::npos);
    CHECK(svg.find("aria-label=\"&quot;q&quot;\"") != std::string::npos);
    CHECK(svg.find("viewBox=\"0 0 10 10\"") != std::string::npos);
}
