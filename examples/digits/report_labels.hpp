// SPDX-License-Identifier: MIT
// Where the labels of points go, so that none lies on another.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace digits {

struct place {
    double x = 0, y = 0;
};

/// A rectangle; y grows downwards.
struct box {
    double left = 0, top = 0, width = 0, height = 0;

    double right() const { return left + width; }
    double bottom() const { return top + height; }
    /// The point of the box that is nearest to `p`.
    place nearest(place p) const { return {std::clamp(p.x, left, right()), std::clamp(p.y, top, bottom())}; }
    /// The box with `by` more on all sides.
    box grown(double by) const { return {left - by, top - by, width + 2 * by, height + 2 * by}; }
};

/// The area that two boxes share.
inline double overlap(const box& a, const box& b) {
    const double width = std::min(a.right(), b.right()) - std::max(a.left, b.left);
    const double height = std::min(a.bottom(), b.bottom()) - std::max(a.top, b.top);
    return width > 0 && height > 0 ? width * height : 0;
}

/// Whether a line from `p` to `q` meets a box (Liang and Barsky 1984).
inline bool meets(place p, place q, const box& b) {
    double from = 0, to = 1;
    const auto clip = [&](double start, double step, double low, double high) {
        if (step == 0) return start >= low && start <= high;
        const double a = (low - start) / step, c = (high - start) / step;
        from = std::max(from, std::min(a, c));
        to = std::min(to, std::max(a, c));
        return from <= to;
    };
    return clip(p.x, q.x - p.x, b.left, b.right()) && clip(p.y, q.y - p.y, b.top, b.bottom());
}

/// Whether two lines cross.
inline bool cross(place a, place b, place c, place d) {
    const auto side = [](place p, place q, place r) { return (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x); };
    return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/// A point that wants a label of some size.
struct labelled {
    place point;
    double width = 0, height = 0;
};

namespace detail {

/// Labels in the course of being placed.
class label_search {
public:
    label_search(std::span<const labelled> labels, const box& area, double radius, std::span<const box> obstacles)
        : labels_(labels), area_(area), radius_(radius), obstacles_(obstacles), placed_(labels.size()), is_placed_(labels.size(), false) {}

    /// How bad it is that label `i` lies at `b`: far from its point, on something, or with a line that is hard to follow.
    double cost(std::size_t i, const box& b) const {
        const place p = labels_[i].point, end = b.nearest(p);
        double sum = std::hypot(end.x - p.x, end.y - p.y) + (end.x < b.right() && end.x > b.left ? 1.5 : 0);  // at the side is best read
        for (const box& o : obstacles_) sum += overlap(b, o) * 4;
        for (std::size_t j = 0; j < labels_.size(); ++j) {
            if (overlap(b, point_box(j)) > 0) sum += 150;
            const place q = labels_[j].point;
            if (std::hypot(p.x - q.x, p.y - q.y) > 3 * radius_ && meets(p, end, point_box(j))) sum += 200;
            if (j == i || !is_placed_[j]) continue;
            const place other = placed_[j].nearest(q);
            if (const double shared = overlap(b.grown(1.5), placed_[j]); shared > 0) sum += 400 + 10 * shared;
            if (meets(p, end, placed_[j])) sum += 250;
            if (meets(q, other, b)) sum += 250;
            if (cross(p, end, q, other)) sum += 60;
        }
        return sum;
    }

    /// Gives label `i` the best of its places while the others stay.
    void improve(std::size_t i) {
        const labelled& l = labels_[i];
        double best = std::numeric_limits<double>::infinity();
        for (const double distance : {4.0, 10.0, 18.0, 28.0, 40.0, 54.0, 70.0, 90.0, 115.0, 145.0, 180.0})
            for (int turn = 0; turn < 24; ++turn) {
                const double angle = turn * 3.14159265358979323846 / 12, dx = std::cos(angle), dy = std::sin(angle);
                // The side, or the middle, that faces the point.
                const double x = l.point.x + dx * (radius_ + distance), y = l.point.y + dy * (radius_ + distance);
                const double left = dx > 0.3 ? x : dx < -0.3 ? x - l.width : x - l.width / 2;
                const box b{left, y - l.height / 2 + dy * l.height / 2, l.width, l.height};
                if (b.left < area_.left || b.right() > area_.right() || b.top < area_.top || b.bottom() > area_.bottom()) continue;
                if (const double c = cost(i, b); c < best - 1e-9) best = c, placed_[i] = b;
            }
        if (best == std::numeric_limits<double>::infinity())  // wider than the area
            placed_[i] = {std::max(area_.left, std::min(l.point.x, area_.right() - l.width)), l.point.y - l.height, l.width, l.height};
        is_placed_[i] = true;
    }

    double cost() const {
        double sum = 0;
        for (std::size_t i = 0; i < labels_.size(); ++i) sum += cost(i, placed_[i]);
        return sum;
    }
    const std::vector<box>& placed() const { return placed_; }

private:
    box point_box(std::size_t i) const { return box{labels_[i].point.x, labels_[i].point.y, 0, 0}.grown(radius_); }

    std::span<const labelled> labels_;
    box area_;
    double radius_;
    std::span<const box> obstacles_;
    std::vector<box> placed_;
    std::vector<bool> is_placed_;
};

}  // namespace detail

/// A box for the label of each point, inside `area`, near its point and clear of other labels, of all points (of `radius`), of
/// `obstacles`, and of the lines from points to distant labels, as far as there is room. Labels are placed one after the other and
/// improved in rounds, in several orders, of which the best is taken; no lots are drawn.
inline std::vector<box> place_labels(std::span<const labelled> labels, const box& area, double radius,
                                     std::span<const box> obstacles = {}) {
    std::vector<std::size_t> order(labels.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return labels[a].point.y < labels[b].point.y || (labels[a].point.y == labels[b].point.y && a < b);
    });
    std::vector<box> best;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t turn = 0; turn < 2 * order.size(); ++turn) {
        if (turn == order.size()) std::reverse(order.begin(), order.end());
        detail::label_search search(labels, area, radius, obstacles);
        for (int round = 0; round < 6; ++round)
            for (const std::size_t i : order) search.improve(i);
        if (const double cost = search.cost(); cost < least - 1e-9) least = cost, best = search.placed();
        std::rotate(order.begin(), order.begin() + 1, order.end());
    }
    return best;
}

}  // namespace digits
