// SPDX-License-Identifier: MIT
// Rows of a comparison as bars, an SVG picture: what pare reaches, and under it what the best peer does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace bench {

/// One row: operations a nanosecond of pare and of a peer, 0 where there is none.
struct bar {
    std::string work;
    double own = 0;
    std::string peer;
    double peer_gops = 0;
};

/// Text as it may stand in XML.
inline std::string escaped(const std::string& text) {
    std::string safe;
    for (const char c : text) {
        if (c == '&') safe += "&amp;";
        else if (c == '<') safe += "&lt;";
        else if (c == '>') safe += "&gt;";
        else safe += c;
    }
    return safe;
}

/// Writes the picture. Lengths are by GOP/s, and each row is as wide as its own longer bar where rows differ by more than a hundred times.
inline void write_bars(const std::string& path, const std::string& title, const std::vector<bar>& rows) {
    constexpr int left = 290, width = 420, height = 34, top = 40;
    double most = 0, least = 0;
    for (const bar& b : rows) {
        const double longer = std::max(b.own, b.peer_gops);
        most = std::max(most, longer);
        least = least == 0 ? longer : std::min(least, longer);
    }
    const bool each_its_own = most > 100 * least;
    std::ofstream file(path);
    file << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << left + width + 150 << "\" height=\""
         << top + height * int(rows.size()) + 10 << "\" font-family=\"sans-serif\" font-size=\"12\">\n"
         << "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n<text x=\"10\" y=\"22\" font-size=\"15\">" << escaped(title)
         << (each_its_own ? ", each row by its own scale" : ", GOP/s") << "</text>\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bar& b = rows[i];
        const double scale = width / (each_its_own ? std::max(b.own, b.peer_gops) : most);
        const int y = top + height * int(i);
        const auto draw = [&](int at, double gops, const char* colour, const std::string& name) {
            char text[32];
            std::snprintf(text, sizeof text, "%.0f ", gops);
            file << "<rect x=\"" << left << "\" y=\"" << at << "\" width=\"" << std::max(1, int(gops * scale)) << "\" height=\"12\" fill=\""
                 << colour << "\"/><text x=\"" << left + 6 + int(gops * scale) << "\" y=\"" << at + 10 << "\" font-size=\"10\">" << text
                 << escaped(name) << "</text>\n";
        };
        file << "<text x=\"" << left - 8 << "\" y=\"" << y + 17 << "\" text-anchor=\"end\">" << escaped(b.work) << "</text>\n";
        draw(y, b.own, "#2a7", "pare");
        if (b.peer_gops > 0) draw(y + 13, b.peer_gops, "#aab", b.peer);
    }
    file << "</svg>\n";
}

}  // namespace bench
